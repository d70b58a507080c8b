/**
 * Quantiles of measured values.
 *
 * @module
 */

/**
 * Quantile of ascending values by linear interpolation between the two nearest ranks, `null` without values.
 *
 * Definition 7 of Hyndman and Fan, The American Statistician 50 (1996) 361: the default of NumPy, R and Excel.
 */
export function quantileOf(sorted: ArrayLike<number>, fraction: number): number | null {
  if (sorted.length === 0) return null;
  const rank = fraction * (sorted.length - 1);
  const below = Math.floor(rank);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
}
