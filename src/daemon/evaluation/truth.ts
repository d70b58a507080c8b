/**
 * What is really in a frame, as far as somebody knows it.
 *
 * @module
 */
import type { Box } from "../../stream/base/detection.js";
import { boxOfMask, type PixelMask } from "./pixel-mask.js";

/** One true particle. */
export interface TrueParticle {
  /** Edges of pixels at whole numbers. */
  readonly box: Box;
  /** `null` where only its box is known. */
  readonly mask: PixelMask | null;
  /** Area-equivalent circular diameter, px: by formula where the body is known, else from its pixels; `null` without a mask. */
  readonly ecdPx: number | null;
  /** Boundary over area by formula, 1/px; `null` where the body is not known. */
  readonly boundaryAreaRatioPerPx: number | null;
}

/** The truth of one frame. */
export interface FrameTruth {
  /** What particles are compared by. */
  readonly kind: "masks" | "boxes";
  readonly widthPx: number;
  readonly heightPx: number;
  readonly particles: readonly TrueParticle[];
}

/** A true particle of which the pixels are known and nothing else. */
export function trueParticleFrom(mask: PixelMask): TrueParticle {
  return {
    box: boxOfMask(mask),
    mask,
    ecdPx: 2 * Math.sqrt(mask.areaPx2 / Math.PI),
    boundaryAreaRatioPerPx: null,
  };
}

/** The size by which particles are told apart where only boxes may be known: the square root of the box's area, px. */
export function boxSizePx({ x0, y0, x1, y1 }: Box): number {
  return Math.sqrt((x1 - x0) * (y1 - y0));
}
