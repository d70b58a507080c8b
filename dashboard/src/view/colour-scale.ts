/**
 * Colour by size: viridis, which is perceptually uniform, reads in grey and is safe for colour-blind eyes.
 *
 * @module
 */

/**
 * Viridis (S. van der Walt and N. Smith, matplotlib, CC0) at 0.35, 0.4, ... 1. Its dark third is left out: a thin violet
 * line cannot be seen on a micrograph.
 */
const VIRIDIS = [
  [47, 108, 142],
  [42, 120, 142],
  [37, 132, 142],
  [33, 145, 140],
  [30, 156, 137],
  [34, 168, 132],
  [47, 180, 124],
  [66, 190, 113],
  [92, 200, 99],
  [122, 209, 81],
  [155, 217, 60],
  [189, 223, 38],
  [221, 227, 24],
  [253, 231, 37],
] as const;

/** Bins of the colour scale: as many as an eye tells apart in a legend, and one path to draw each. */
export const COLOUR_BINS = VIRIDIS.length;

export const BIN_COLOURS: readonly string[] = VIRIDIS.map(([red, green, blue]) => `rgb(${red} ${green} ${blue})`);

/** The sizes that the ends of the scale stand for. `low < high`. */
export interface ColourRange {
  readonly low: number;
  readonly high: number;
}

/** Bin of `value`, 0..COLOUR_BINS - 1; what lies outside the range takes the end's colour. */
export function colourBin(value: number, { low, high }: ColourRange): number {
  const position = Math.floor(((value - low) / (high - low)) * COLOUR_BINS);
  return Math.min(COLOUR_BINS - 1, Math.max(0, position));
}

/** Share of the range that the sizes and their margins must fill, or the range is drawn tighter. */
const LEAST_USE = 0.6;

/**
 * A range for `sizes` that starts and ends at round numbers and stays as it was while it still suits: a colour must mean the same
 * size from one frame to the next. The previous range, or `null`, while there is nothing to scale.
 */
export function colourRange(previous: ColourRange | null, sizes: ArrayLike<number>): ColourRange | null {
  const limits = spread(sizes);
  if (limits === null) return previous;
  const margin = (limits.high - limits.low) * 0.15 + limits.high * 0.05;
  const neededWidth = limits.high - limits.low + 2 * margin;
  if (previous !== null) {
    const isInside = limits.low >= previous.low && limits.high <= previous.high;
    if (isInside && neededWidth >= (previous.high - previous.low) * LEAST_USE) return previous;
  }
  const step = roundStep(neededWidth / 10);
  const low = Math.max(0, Math.floor((limits.low - margin) / step) * step);
  return { low, high: Math.max(low + step, Math.ceil((limits.high + margin) / step) * step) };
}

/** The sizes between which all but the outermost 2 % on each side lie. */
function spread(sizes: ArrayLike<number>): ColourRange | null {
  const sorted = Float64Array.from(sizes).sort();
  const cut = Math.floor(sorted.length * 0.02);
  const low = sorted[cut];
  const high = sorted[sorted.length - 1 - cut];
  return low === undefined || high === undefined ? null : { low, high };
}

/** The least of 1, 2, 5 times a power of ten that is not below `value`. */
export function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5].find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10;
  return factor * power;
}
