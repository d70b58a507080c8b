/**
 * The histogram of sizes of a frame, with bins that stay put from frame to frame.
 *
 * @module
 */
import type { Histogram } from "../../stream/base/analysis.js";
import { quantileOf } from "./quantile.js";

/** Most bins of a histogram: as many bars as a chart shows legibly. */
export const MAX_BINS = 60;

/** Bins that hold all but the largest 1 %; the rest of {@link MAX_BINS} is room for these. */
const BINS_TO_P99 = 50;

/** Bins are added by the ten, so that one larger particle does not move the axis. */
const BIN_GROUP = 10;

/**
 * Histogram of ascending sizes > 0.
 *
 * Bins start at 0 and have a width of 1, 2 or 5 times a power of ten: the least of these that holds 99 % of the particles in 50 bins.
 * A live chart then keeps its bins until sizes have changed by a factor of two. Sizes beyond the 60th bin are counted in the last.
 */
export function sizeHistogram(sorted: Float64Array): Histogram {
  const p99 = quantileOf(sorted, 0.99);
  if (p99 === null) return { low: 0, binWidth: 1, counts: [] };
  const binWidth = niceWidthFrom(p99 / BINS_TO_P99);
  const needed = Math.floor(sorted[sorted.length - 1] / binWidth) + 1;
  const bins = Math.min(MAX_BINS, Math.ceil(needed / BIN_GROUP) * BIN_GROUP);
  const counts = new Array<number>(bins).fill(0);
  for (const size of sorted) counts[Math.min(bins - 1, Math.floor(size / binWidth))]++;
  return { low: 0, binWidth, counts };
}

/** The least of 1, 2, 5 times a power of ten that is not below `width`. */
export function niceWidthFrom(width: number): number {
  const exponent = Math.floor(Math.log10(width));
  for (const digit of [1, 2, 5, 10]) {
    // Read as decimal text: 0.2 and not 2 * 0.1, so that bin edges are what a person would write.
    const nice = Number(`${digit}e${exponent}`);
    if (nice >= width) return nice;
  }
  return Number(`2e${exponent + 1}`);
}
