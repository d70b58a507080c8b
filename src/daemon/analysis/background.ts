/**
 * The signal-to-noise ratio of the background, by which images of liquid-cell microscopy are compared.
 *
 * @module
 */
import { CONTOUR_LEVEL, type Detection, type MaskField } from "../../stream/base/detection.js";
import type { Frame, PixelData } from "../../stream/base/frame.js";
import { quantileOf } from "./quantile.js";
import { sortedSample } from "./sample.js";

/** Pixels around each mask that are not counted as background: blur of the optics and of a wandering particle. */
const MARGIN_PX = 3;

/** Least background that says something. */
const MIN_BACKGROUND_PX = 100;
const MIN_BACKGROUND_FRACTION = 0.05;

/** About as many pixels are looked at, evenly spread over the frame: the SNR of 32,768 pixels is known to 0.4 %. */
const SAMPLED_PX = 32_768;

/** Background pixels that the median is taken from. */
const MEDIAN_SAMPLES = 4096;

/**
 * Robust standard deviations from the median beyond which a pixel is dead, saturated or hit by a cosmic ray. Of Gaussian
 * noise less than one pixel in 10^14 lies there, so that its standard deviation is not touched.
 */
const OUTLIER_DEVIATIONS = 8;

/** Median absolute deviation of Gaussian noise to its standard deviation. */
const DEVIATIONS_PER_MAD = 1.4826;

/**
 * SNR = mean / standard deviation of the unfiltered frame, evenly sampled where it is large, outside all masks and a margin of 3 px around them.
 *
 * Pixels that are not finite, dead or saturated are left out. `null` where less than 5 % of the frame or 100 px are background, or
 * where it is flat.
 */
export function backgroundSnr(frame: Frame, detections: readonly Pick<Detection, "mask">[]): number | null {
  const { pixels, widthPx, heightPx } = frame;
  const covered = new Uint8Array(widthPx * heightPx);
  for (const { mask } of detections) coverMask(covered, mask, frame);
  const { low, median, high } = plausibleRange(frame, covered);

  const stride = strideOver(frame);
  const within = { covered, stride, low, median, high };
  const { count, sum, squares } =
    pixels instanceof Uint8Array ? momentsOfBytes(pixels, within) : moments(pixels, within);
  if (count * stride < Math.max(MIN_BACKGROUND_PX, MIN_BACKGROUND_FRACTION * pixels.length)) return null;
  const mean = sum / count;
  const variance = squares / count - mean * mean;
  return variance > 0 ? (median + mean) / Math.sqrt(variance) : null;
}

/** Which pixels are looked at, and what they may be. */
interface Within {
  readonly covered: Uint8Array;
  readonly stride: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Differences from the median, because the squares of large intensities would swallow their small differences. */
interface Moments {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}

function moments(pixels: PixelData, { covered, stride, low, median, high }: Within): Moments {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let index = 0; index < pixels.length; index += stride) {
    const value = pixels[index];
    if (covered[index] !== 0 || !(value >= low && value <= high)) continue;
    const difference = value - median;
    count++;
    sum += difference;
    squares += difference * difference;
  }
  return { count, sum, squares };
}

/**
 * The same from counts of the levels: their sums are exact, so that the order is no matter. Two tables take turns, so that a run of equal
 * pixels does not wait for its own last count.
 */
function momentsOfBytes(pixels: Uint8Array, { covered, stride, low, median, high }: Within): Moments {
  const counts = new Uint32Array(256);
  const others = new Uint32Array(256);
  // What is covered is counted too, as no pixel more: a branch on noise costs more than an addition.
  for (let index = 0; index < pixels.length; index += 2 * stride) {
    counts[pixels[index]] += 1 - covered[index];
    const next = index + stride;
    if (next < pixels.length) others[pixels[next]] += 1 - covered[next];
  }
  for (let value = 0; value < counts.length; value++) counts[value] += others[value];
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let value = 0; value < counts.length; value++) {
    if (value < low || value > high) continue;
    const difference = value - median;
    count += counts[value];
    sum += counts[value] * difference;
    squares += counts[value] * difference * difference;
  }
  return { count, sum, squares };
}

/** Every how many pixels one is looked at: not a divisor of the width, so that the columns change from row to row. */
function strideOver({ pixels, widthPx }: Frame): number {
  let stride = Math.max(1, Math.floor(pixels.length / SAMPLED_PX));
  while (stride > 1 && widthPx % stride === 0) stride += 1;
  return stride;
}

/** Covers the pixels of a mask and the margin around them. */
function coverMask(covered: Uint8Array, mask: MaskField, { widthPx, heightPx }: Frame): void {
  const runs = runsOfMask(mask, widthPx);
  const firstY = Math.max(0, mask.yPx - MARGIN_PX);
  const endY = Math.min(heightPx, mask.yPx + mask.heightPx + MARGIN_PX);
  for (let y = firstY; y < endY; y++) {
    const top = Math.max(0, y - mask.yPx - MARGIN_PX);
    const bottom = Math.min(mask.heightPx, y - mask.yPx + MARGIN_PX + 1);
    coverRow(covered.subarray(y * widthPx, (y + 1) * widthPx), runs, top, bottom);
  }
}

/** Pieces of the rows of a mask, widened by the margin: first column and the one behind the last. */
interface WideRuns {
  readonly columns: readonly number[];
  /** Where the columns of each row begin. */
  readonly firstOfRow: Int32Array;
}

function runsOfMask({ xPx, widthPx, heightPx, values }: MaskField, frameWidthPx: number): WideRuns {
  const columns: number[] = [];
  const firstOfRow = new Int32Array(heightPx + 1);
  for (let row = 0; row < heightPx; row++) {
    const at = row * widthPx;
    for (let start = at; start < at + widthPx; start++) {
      if (values[start] < CONTOUR_LEVEL) continue;
      let end = start + 1;
      while (end < at + widthPx && values[end] >= CONTOUR_LEVEL) end++;
      columns.push(Math.max(0, xPx + start - at - MARGIN_PX), Math.min(frameWidthPx, xPx + end - at + MARGIN_PX));
      start = end;
    }
    firstOfRow[row + 1] = columns.length;
  }
  return { columns, firstOfRow };
}

/** Covers what the rows `top` up to `bottom` of a mask reach of one row of the frame; pieces that overlap are filled as one. */
function coverRow(row: Uint8Array, { columns, firstOfRow }: WideRuns, top: number, bottom: number): void {
  let left = 0;
  let right = 0;
  for (let at = firstOfRow[top]; at < firstOfRow[bottom]; at += 2) {
    if (columns[at] > right || columns[at + 1] < left) {
      row.fill(1, left, right);
      left = columns[at];
      right = columns[at + 1];
    } else {
      left = Math.min(left, columns[at]);
      right = Math.max(right, columns[at + 1]);
    }
  }
  row.fill(1, left, right);
}

/** The intensities that background can have: all finite ones where more than half of its pixels are equal. */
function plausibleRange(frame: Frame, covered: Uint8Array) {
  const sorted = sortedSample(frame, { size: MEDIAN_SAMPLES, excluded: covered });
  const median = quantileOf(sorted, 0.5) ?? 0;
  const mad = quantileOf(sortedDeviations(sorted, median), 0.5) ?? 0;
  const reach = mad === 0 ? Number.MAX_VALUE : OUTLIER_DEVIATIONS * DEVIATIONS_PER_MAD * mad;
  return { low: median - reach, median, high: median + reach };
}

/** Distances of ascending values from one of them or between two, ascending: those on either side are in order already. */
function sortedDeviations(sorted: Float64Array, centre: number): Float64Array {
  const deviations = new Float64Array(sorted.length);
  let above = 0;
  while (above < sorted.length && sorted[above] < centre) above++;
  let below = above - 1;
  for (let i = 0; i < deviations.length; i++) {
    const isBelow = below >= 0 && (above >= sorted.length || centre - sorted[below] <= sorted[above] - centre);
    deviations[i] = Math.abs((isBelow ? sorted[below--] : sorted[above++]) - centre);
  }
  return deviations;
}
