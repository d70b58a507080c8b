/**
 * Frames that do not fill the grey scale of their stream, for methods that count grey levels.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";
import { displayRange } from "../analysis/intensity.js";

/** Levels that a frame may reach beyond 0..255: they are counted as 0 and 255. */
const BEYOND = 5;
/** Levels that are enough to tell particles from background by their histogram. */
const ENOUGH = 64;

/**
 * The image itself where it fits 0..255; else its own 0.1 % and 99.9 % quantiles put at 0 and 255.
 *
 * The scale of a stream is the same for all of its frames, so one of them may lie outside or fill little of it; a histogram of whole levels would
 * then merge particles and background. 8-bit images are as they are.
 */
export function spreadOut(image: GreyImage): GreyImage {
  const { levels } = image;
  if (levels instanceof Uint8Array) return image;
  const { low, high } = displayRange({ ...image, pixels: levels, pixelSizeNm: null, acquiredAtMs: null });
  const isWithin = low >= -BEYOND && high <= 255 + BEYOND;
  if (isWithin && high - low >= ENOUGH) return image;
  const scale = 255 / (high - low);
  return { ...image, levels: levels.map((level) => (level - low) * scale) };
}
