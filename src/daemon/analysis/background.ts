/**
 * The signal-to-noise ratio of the background, by which images of liquid-cell microscopy are compared.
 *
 * @module
 */
import type { Detection, MaskField } from "../../stream/base/detection.js";
import type { Frame } from "../../stream/base/frame.js";
import { CONTOUR_LEVEL } from "./contour.js";
import { quantileOf } from "./quantile.js";
import { sortedSample } from "./sample.js";

/** Pixels around each mask that are not counted as background: blur of the optics and of a wandering particle. */
const MARGIN_PX = 3;

/** Least background that says something. */
const MIN_BACKGROUND_PX = 100;
const MIN_BACKGROUND_FRACTION = 0.05;

/** Most pixels that are looked at, evenly spread over the frame: the SNR of 65,536 pixels is known to 0.3 %. */
const SAMPLED_PX = 65_536;

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

  let count = 0;
  let sum = 0;
  let squares = 0;
  const stride = strideOver(frame);
  for (let index = 0; index < pixels.length; index += stride) {
    const value = pixels[index];
    if (covered[index] !== 0 || !(value >= low && value <= high)) continue;
    // Taken from the median, because the squares of large intensities would swallow their small differences.
    const difference = value - median;
    count++;
    sum += difference;
    squares += difference * difference;
  }
  if (count * stride < Math.max(MIN_BACKGROUND_PX, MIN_BACKGROUND_FRACTION * pixels.length)) return null;
  const mean = sum / count;
  const variance = squares / count - mean * mean;
  return variance > 0 ? (median + mean) / Math.sqrt(variance) : null;
}

/** Every how many pixels one is looked at: not a divisor of the width, so that the columns change from row to row. */
function strideOver({ pixels, widthPx }: Frame): number {
  let stride = Math.max(1, Math.floor(pixels.length / SAMPLED_PX));
  while (stride > 1 && widthPx % stride === 0) stride += 1;
  return stride;
}

/** Covers the pixels of a mask and the margin around them: each run of a row widens to a box. */
function coverMask(covered: Uint8Array, mask: MaskField, { widthPx, heightPx }: Frame): void {
  for (let row = 0; row < mask.heightPx; row++) {
    const top = Math.max(0, mask.yPx + row - MARGIN_PX);
    const bottom = Math.min(heightPx - 1, mask.yPx + row + MARGIN_PX);
    const rowEnd = (row + 1) * mask.widthPx;
    for (let start = row * mask.widthPx; start < rowEnd; start++) {
      if (mask.values[start] < CONTOUR_LEVEL) continue;
      let end = start + 1;
      while (end < rowEnd && mask.values[end] >= CONTOUR_LEVEL) end++;
      const left = Math.max(0, mask.xPx + start - row * mask.widthPx - MARGIN_PX);
      const right = Math.min(widthPx, mask.xPx + end - row * mask.widthPx + MARGIN_PX);
      for (let y = top; y <= bottom; y++) covered.fill(1, y * widthPx + left, y * widthPx + right);
      start = end;
    }
  }
}

/** The intensities that background can have: all finite ones where more than half of its pixels are equal. */
function plausibleRange(frame: Frame, covered: Uint8Array) {
  const sorted = sortedSample(frame, { size: MEDIAN_SAMPLES, excluded: covered });
  const median = quantileOf(sorted, 0.5) ?? 0;
  const mad = quantileOf(sorted.map((value) => Math.abs(value - median)).sort(), 0.5) ?? 0;
  const reach = mad === 0 ? Number.MAX_VALUE : OUTLIER_DEVIATIONS * DEVIATIONS_PER_MAD * mad;
  return { low: median - reach, median, high: median + reach };
}
