/**
 * How well found and true masks agree pixel by pixel, whichever particle a pixel belongs to.
 *
 * @module
 */
import type { FoundParticle } from "./found.js";
import { paintMask } from "./pixel-mask.js";
import type { FrameTruth } from "./truth.js";

/** Counts of pixels, which add up over frames. */
export interface PixelAgreement {
  readonly total: number;
  /** Pixels that are particle in both or background in both. */
  readonly agreeing: number;
  /** Pixels that are particle in both. */
  readonly shared: number;
  /** Pixels that are particle in either. */
  readonly either: number;
}

const TRUE = 1;
const FOUND = 2;
const BOTH = TRUE | FOUND;

/** `null` where the truth has no masks. */
export function pixelAgreement(found: readonly FoundParticle[], truth: FrameTruth): PixelAgreement | null {
  if (truth.kind === "boxes") return null;
  const image = new Uint8Array(truth.widthPx * truth.heightPx);
  for (const { mask } of truth.particles) if (mask !== null) paintMask(image, truth.widthPx, mask, TRUE);
  for (const { mask } of found) paintMask(image, truth.widthPx, mask, FOUND);
  let either = 0;
  let shared = 0;
  for (let index = 0; index < image.length; index++) {
    if (image[index] !== 0) either += 1;
    if (image[index] === BOTH) shared += 1;
  }
  return { total: image.length, agreeing: image.length - either + shared, shared, either };
}
