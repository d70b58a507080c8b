/**
 * Whether a quantity rises: a slope that outliers do not move, with its confidence.
 *
 * @module
 */

export interface Point {
  /** Time, s. */
  readonly atS: number;
  readonly value: number;
}

/** A rate of change per hour and its 95 % interval. */
export interface Slope {
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
}

/** Points of one block become their median: neighbours are alike, and would make the interval too narrow. */
const BLOCKS = 30;
const Z_95 = 1.96;

/**
 * The median of the slopes between all pairs of {@link blockMedians} (Theil 1950; Sen 1968), with Sen's interval after Kendall's variance
 * `n (n - 1) (2 n + 5) / 18`. `null` with fewer than 5 blocks.
 */
export function robustSlope(blocks: readonly Point[]): Slope | null {
  const n = blocks.length;
  if (n < 5) return null;
  const slopes = blocks.flatMap((a, i) =>
    blocks.slice(i + 1).map((b) => (3600 * (b.value - a.value)) / (b.atS - a.atS)),
  );
  slopes.sort((a, b) => a - b);
  const spread = Z_95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (rank: number) => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))] ?? 0;
  return {
    perHour: median(slopes),
    low: at((slopes.length - spread) / 2 - 1),
    high: at((slopes.length + spread) / 2),
  };
}

/** The medians that a slope is taken of. */
export function blockMedians(points: readonly Point[]): readonly Point[] {
  const size = Math.max(1, Math.floor(points.length / BLOCKS));
  const blocks: Point[] = [];
  for (let at = 0; at + size <= points.length; at += size) {
    const block = points.slice(at, at + size);
    blocks.push({ atS: median(block.map(({ atS }) => atS)), value: median(block.map(({ value }) => value)) });
  }
  return blocks;
}

/** NaN for no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** `rising`: surely faster than `limit` per hour. `flat`: surely not. `open`: a longer run would tell. */
export type Verdict = "flat" | "open" | "rising";

export function verdictOf(slope: Slope | null, limit: number): Verdict {
  if (slope === null) return "open";
  if (slope.low > limit) return "rising";
  return slope.high <= limit ? "flat" : "open";
}
