/**
 * Truth that was painted: binary masks, whose connected regions are the particles, and label images, which number them.
 *
 * @module
 */
import type { Frame } from "../../stream/base/frame.js";
import { LIMITS } from "../../stream/base/limits.js";
import { type PixelMask, pixelMaskOf, pixelMasksFromLabels } from "../evaluation/pixel-mask.js";
import { type FrameTruth, trueParticleFrom } from "../evaluation/truth.js";
import { type Region, regionsOf, SPAN_STRIDE } from "../segment/components.js";
import { TruthError } from "./errors.js";
import type { ImageSize } from "./truth-source.js";

/** What the values of a painted truth mean. */
export type PaintedFormat = "mask" | "labels";

/** A picture with one value beside 0 is a mask; with more, each value is the number of a particle. */
export function paintedFormatOf({ pixels }: Pick<Frame, "pixels">): PaintedFormat {
  const first = pixels.find((value) => value !== 0);
  return first === undefined || pixels.every((value) => value === 0 || value === first) ? "mask" : "labels";
}

/** The particles of a painted truth. Raises TruthError for another size than the image's and for values that are no numbers. */
export function paintedTruth(picture: Frame, format: PaintedFormat, where: string, image: ImageSize): FrameTruth {
  checkSize(picture, where, image);
  const masks = format === "mask" ? regionMasks(picture) : labelMasks(picture, where);
  return { kind: "masks", ...image, particles: masks.map(trueParticleFrom) };
}

function checkSize({ widthPx, heightPx }: Frame, where: string, image: ImageSize): void {
  if (widthPx === image.widthPx && heightPx === image.heightPx) return;
  throw new TruthError({
    received: `${where}, ${widthPx} x ${heightPx} px`,
    expected: `the size of its image, ${image.widthPx} x ${image.heightPx} px`,
    remedy: "Give each image the truth that was drawn on it, unscaled.",
  });
}

/** The 8-connected regions of all that is not 0. */
function regionMasks({ widthPx, heightPx, pixels }: Frame): readonly PixelMask[] {
  const values = Uint8Array.from(pixels, (value) => (value !== 0 ? 1 : 0));
  const regions = regionsOf({ widthPx, heightPx, values }, { fillHoles: false, minAreaPx: 1 });
  return regions.map(maskOfRegion).filter((mask) => mask !== null);
}

function maskOfRegion({ x0, y0, x1, y1, spans }: Region): PixelMask | null {
  const window = { xPx: x0, yPx: y0, widthPx: x1 - x0, heightPx: y1 - y0 };
  const inside = new Uint8Array(window.widthPx * window.heightPx);
  for (let at = 0; at < spans.length; at += SPAN_STRIDE) {
    const row = (spans[at] - y0) * window.widthPx - x0;
    inside.fill(1, row + spans[at + 1], row + spans[at + 2]);
  }
  return pixelMaskOf(window, (index) => inside[index] === 1);
}

function labelMasks({ widthPx, pixels }: Frame, where: string): readonly PixelMask[] {
  const wrong = pixels.find((value) => !Number.isInteger(value) || value < 0);
  if (wrong !== undefined) throw noLabels(`${where}, with the value ${wrong}`);
  const labels = new Set(pixels);
  if (labels.size > LIMITS.particlesPerFrame) throw noLabels(`${where}, with ${labels.size} different values`);
  return pixelMasksFromLabels(pixels, widthPx);
}

function noLabels(received: string): TruthError {
  return new TruthError({
    received,
    expected: `a label image: 0 for background, and for each of at most ${LIMITS.particlesPerFrame} particles its number`,
    remedy:
      "Export labels unscaled and uncompressed; of a mask with soft edges make a binary one, or say --truth-format mask.",
  });
}
