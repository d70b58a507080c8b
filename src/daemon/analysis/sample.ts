/**
 * Samples of a frame's intensities, for medians and quantiles of millions of pixels.
 *
 * @module
 */
import type { Frame } from "../../stream/base/frame.js";

/** Which pixels to take. */
export interface SampleOptions {
  /** About how many; all of them where the frame has fewer. */
  readonly size: number;
  /** Pixels that are not 0 here are passed over. */
  readonly excluded?: Uint8Array;
}

/**
 * Finite intensities at even distances over the frame, ascending.
 *
 * The distance shares no factor with the frame's width, lest a few columns be sampled only.
 */
export function sortedSample({ pixels, widthPx }: Frame, { size, excluded }: SampleOptions): Float64Array {
  let stride = Math.max(1, Math.floor(pixels.length / size));
  while (greatestCommonDivisor(stride, widthPx) > 1) stride--;
  if (pixels instanceof Uint8Array) return sortedBytes(pixels, stride, excluded);
  const sample = new Float64Array(Math.ceil(pixels.length / stride));
  let count = 0;
  for (let index = 0; index < pixels.length; index += stride) {
    if (excluded !== undefined && excluded[index] !== 0) continue;
    if (Number.isFinite(pixels[index])) sample[count++] = pixels[index];
  }
  return sample.subarray(0, count).sort();
}

/** Bytes are counted, not compared. */
function sortedBytes(pixels: Uint8Array, stride: number, excluded: Uint8Array | undefined): Float64Array {
  const counts = new Uint32Array(256);
  for (let index = 0; index < pixels.length; index += stride) {
    if (excluded === undefined || excluded[index] === 0) counts[pixels[index]]++;
  }
  const sorted = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
  for (let level = 0, at = 0; level < counts.length; level++) {
    sorted.fill(level, at, at + counts[level]);
    at += counts[level];
  }
  return sorted;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
