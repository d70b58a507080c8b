/**
 * What was found in a frame, ready to be compared with the truth.
 *
 * @module
 */
import type { Box, Detection } from "../../stream/base/detection.js";
import type { Frame } from "../../stream/base/frame.js";
import { measureParticles } from "../analysis/measure.js";
import { type PixelMask, pixelMaskFromField } from "./pixel-mask.js";

/** One found particle: its pixels, and what the live table would say about it. */
export interface FoundParticle {
  readonly mask: PixelMask;
  /** The segmenter's own box. */
  readonly box: Box;
  readonly score: number;
  /** From the sub-pixel contour. */
  readonly ecdPx: number;
  readonly boundaryAreaRatioPerPx: number;
  /** The sub-pixel contour, `x, y, x, y, ...` in frame space. */
  readonly outlinePx: Float32Array;
}

/**
 * The particles that the live stream would report of these detections: those that can be measured and whose projected area is not below
 * `minAreaPx2`, in their order.
 */
export function foundParticles(
  detections: readonly Detection[],
  frame: Frame,
  minAreaPx2: number,
): readonly FoundParticle[] {
  return detections.flatMap((detection) => {
    const mask = pixelMaskFromField(detection.mask);
    const { particles, outlines } = measureParticles([detection], frame, minAreaPx2);
    if (mask === null || particles.id.length === 0) return [];
    const { box, score } = detection;
    const ecdPx = particles.ecdPx[0];
    const boundaryAreaRatioPerPx = particles.boundaryAreaRatioPerPx[0];
    return [{ mask, box, score, ecdPx, boundaryAreaRatioPerPx, outlinePx: outlines.xyPx }];
  });
}
