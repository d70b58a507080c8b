/** Particles for tests of the evaluation: pixel masks by integer arithmetic, found and true. */
import type { FoundParticle } from "../../src/daemon/evaluation/found.js";
import { boxOfMask, type PixelMask, pixelMaskOf } from "../../src/daemon/evaluation/pixel-mask.js";
import { type FrameTruth, trueParticleFrom } from "../../src/daemon/evaluation/truth.js";

/** Size of the frames that the goldens are made on. */
export const GOLDEN_SIZE = { widthPx: 96, heightPx: 64 } as const;

/** `x, y, r`: the pixels whose centres lie within r of (x + 0.5, y + 0.5); the twin of `disc` in test/golden/evaluation/generate.py. */
export type DiscPx = readonly [number, number, number];

export function discMask([x, y, r]: DiscPx, { widthPx, heightPx } = GOLDEN_SIZE): PixelMask {
  return maskWhere((column, row) => (column - x) ** 2 + (row - y) ** 2 <= r * r, widthPx, heightPx);
}

/** `x0, y0, x1, y1`: a rectangle of pixels. */
export function rectangleMask(x0: number, y0: number, x1: number, y1: number): PixelMask {
  return maskWhere((x, y) => x >= x0 && x < x1 && y >= y0 && y < y1, GOLDEN_SIZE.widthPx, GOLDEN_SIZE.heightPx);
}

function maskWhere(isInside: (x: number, y: number) => boolean, widthPx: number, heightPx: number): PixelMask {
  const frame = { xPx: 0, yPx: 0, widthPx, heightPx };
  const mask = pixelMaskOf(frame, (index) => isInside(index % widthPx, Math.floor(index / widthPx)));
  if (mask === null) throw new Error("a mask without pixels");
  return mask;
}

export function foundFrom(mask: PixelMask, score = 1): FoundParticle {
  const ecdPx = 2 * Math.sqrt(mask.areaPx2 / Math.PI);
  return { mask, box: boxOfMask(mask), score, ecdPx, boundaryAreaRatioPerPx: 1, outlinePx: new Float32Array() };
}

export function truthFrom(masks: readonly PixelMask[], kind: FrameTruth["kind"] = "masks"): FrameTruth {
  const particles = masks.map(trueParticleFrom);
  const withoutMasks = particles.map((particle) => ({ ...particle, mask: null, ecdPx: null }));
  return { ...GOLDEN_SIZE, kind, particles: kind === "masks" ? particles : withoutMasks };
}
