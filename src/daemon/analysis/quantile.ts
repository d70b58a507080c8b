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
  const { below, above, share } = ranksOf(fraction, sorted.length);
  return sorted[below] + share * (sorted[above] - sorted[below]);
}

/**
 * {@link quantileOf} of values from 0 on in any order, which are left as they are; no array without values.
 *
 * The order of floats from 0 on is that of their bits, of which the values are counted by the upper half and then, where a rank falls, by the
 * lower half: two passes, whatever the values are. A sort of 10^6 takes ten times as long.
 */
export function quantilesOf(values: Float32Array, fractions: readonly number[]): readonly number[] {
  if (values.length === 0) return [];
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const ranks = fractions.map((fraction) => ranksOf(fraction, values.length));
  const found = valuesAt(bits, new Set(ranks.flatMap(({ below, above }) => [below, above])));
  return ranks.map(({ below, above, share }) => {
    const [low = 0, high = 0] = [found.get(below), found.get(above)];
    return low + share * (high - low);
  });
}

/** The ranks that a quantile of `length` values lies between, and how far along. */
function ranksOf(
  fraction: number,
  length: number,
): { readonly below: number; readonly above: number; readonly share: number } {
  const rank = fraction * (length - 1);
  const below = Math.floor(rank);
  return { below, above: Math.min(below + 1, length - 1), share: rank - below };
}

const HALF_BITS = 16;
const HALVES = 2 ** HALF_BITS;

/** The floats at these ranks of the ascending values whose bits these are. */
function valuesAt(bits: Uint32Array, ranks: ReadonlySet<number>): ReadonlyMap<number, number> {
  const uppers = new Uint32Array(HALVES);
  for (let i = 0; i < bits.length; i++) uppers[(bits[i] ?? 0) >>> HALF_BITS]++;
  const wanted = Array.from<Uint32Array | undefined>({ length: HALVES });
  const places = [...ranks].map((rank) => {
    const { at, within } = placeOf(uppers, rank);
    const lowers = wanted[at] ?? new Uint32Array(HALVES);
    wanted[at] = lowers;
    return { rank, upper: at, within, lowers };
  });
  for (let i = 0; i < bits.length; i++) {
    const lowers = wanted[(bits[i] ?? 0) >>> HALF_BITS];
    if (lowers !== undefined) lowers[(bits[i] ?? 0) & (HALVES - 1)]++;
  }
  const value = new DataView(new ArrayBuffer(4));
  return new Map(
    places.map(({ rank, upper, within, lowers }) => {
      value.setUint32(0, upper * HALVES + placeOf(lowers, within).at);
      return [rank, value.getFloat32(0)] as const;
    }),
  );
}

/** The bin that the `rank`-th of what was counted lies in, and its rank among those of that bin. */
function placeOf(counts: Uint32Array, rank: number): { readonly at: number; readonly within: number } {
  let within = rank;
  let at = 0;
  while (within >= (counts[at] ?? Number.POSITIVE_INFINITY)) within -= counts[at++] ?? 0;
  return { at, within };
}
