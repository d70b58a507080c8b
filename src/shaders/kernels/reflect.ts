/**
 * The border rule of all filters, OpenCV's BORDER_REFLECT_101: `... 2 1 | 0 1 2 ... n-1 | n-2 n-3 ...`, folded as often as needed.
 *
 * @module
 */

/** The index within `0 .. length - 1` that position `index` of an endless reflected line shows. */
export function reflect101(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = Math.abs(index) % period;
  return folded < length ? folded : period - folded;
}
