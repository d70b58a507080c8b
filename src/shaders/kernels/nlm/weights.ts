/**
 * Non-local means: the numbers of its arithmetic, for every place that computes it.
 *
 * @module
 */

/** Offsets of a search window reach this far, px (21 x 21). */
export const SEARCH_RADIUS_PX = 10;
/** Patches reach this far from their centre, px (7 x 7). */
export const PATCH_RADIUS_PX = 3;
export const PATCH_PIXELS = (2 * PATCH_RADIUS_PX + 1) ** 2;
/** Strength in grey levels that the filter accepts; the table of weights stays below 32 kB as 16-bit integers. */
export const NLM_H_RANGE = { min: 1, max: 60 } as const;

/** A weight below this share of the largest one counts as 0: OpenCV's WEIGHT_THRESHOLD. Without it results differ by up to 10 levels. */
export const LEAST_WEIGHT = 0.001;
/** The largest 8-bit weight: 441 of them times 255 stay below 2^31, so that 32-bit sums are exact. */
export const LARGEST_WEIGHT = Math.floor((2 ** 31 - 1) / ((2 * SEARCH_RADIUS_PX + 1) ** 2 * 255));
/** Sums of squared differences are looked up without their last 6 bits, as OpenCV divides by 64 in place of 49. */
export const TABLE_SHIFT = 6;

/** Rounds to the nearest integer, ties to even, as cvRound does. `value` >= 0. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor + (floor % 2);
  return rest < 0.5 ? floor : floor + 1;
}

/**
 * Weights of 8-bit frames: entry `ssd >> 6` for a sum `ssd` of 49 squared differences, 0..{@link LARGEST_WEIGHT}.
 *
 * The last entry is 0 and stands for all sums beyond the table.
 *
 * @param h strength in grey levels, {@link NLM_H_RANGE}
 */
export function nlmWeights(h: number): Uint16Array {
  const hSquared = Math.fround(Math.fround(h) ** 2);
  const weights: number[] = [];
  for (;;) {
    const meanSquare = (weights.length * 2 ** TABLE_SHIFT) / PATCH_PIXELS;
    const weight = roundHalfEven(LARGEST_WEIGHT * Math.exp(-meanSquare / hSquared));
    if (weight < LEAST_WEIGHT * LARGEST_WEIGHT) return Uint16Array.of(...weights, 0);
    weights.push(weight);
  }
}

/** Float frames: the weight of a sum `ssd` of 49 squared differences is `exp(ssd * nlmExponent(h))`. */
export function nlmExponent(h: number): number {
  return -1 / (PATCH_PIXELS * h * h);
}
