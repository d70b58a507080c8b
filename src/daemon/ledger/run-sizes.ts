/**
 * Median and deciles over all particles of a run: a scan of the size blobs, then a selection instead of a sort.
 *
 * @module
 */
import { quantileOf } from "../analysis/quantile.js";
import type { SqlDatabase } from "./database.js";
import { bytesAt, maybeNumberAt, numberAt } from "./database.js";
import { unpackSizes } from "./particle-blobs.js";
import type { Run, RunSizes } from "./records.js";

const FRACTIONS = { d10: 0.1, median: 0.5, d90: 0.9 } as const;

/** ECD over the particles of a run, in nm when every frame's pixel size is known, else in px; those cut by the border left out. */
export function runSizes(database: SqlDatabase, run: Run): RunSizes {
  const range = [run.firstSeq, run.lastSeq ?? Number.MAX_SAFE_INTEGER] as const;
  const where = "FROM particles WHERE seq BETWEEN ? AND ?";
  const totals = database.get(`SELECT sum(count), sum(count > 0 AND pixel_size_nm IS NULL) ${where}`, ...range);
  const particles = maybeNumberAt(totals, 0) ?? 0;
  const isNm = particles > 0 && numberAt(totals, 1) === 0;
  const sizes = new Float32Array(particles);
  let sized = 0;
  for (const row of database.rows(`SELECT count, pixel_size_nm, sizes ${where}`, ...range)) {
    const scale = isNm ? numberAt(row, 1) : 1;
    const { ecdPx, touchesBorder } = unpackSizes(bytesAt(row, 2), numberAt(row, 0));
    for (let i = 0; i < ecdPx.length; i++) {
      if (touchesBorder[i] === 0) sizes[sized++] = (ecdPx[i] ?? 0) * scale;
    }
  }
  const lengthUnit = isNm ? "nm" : "px";
  return { particles, sized, lengthUnit, ...quantilesOf(sizes.subarray(0, sized)) };
}

/** Puts the values around each quantile in their places and reads them; the rest stays unsorted. */
function quantilesOf(values: Float32Array): Pick<RunSizes, keyof typeof FRACTIONS> {
  for (const fraction of Object.values(FRACTIONS)) {
    const below = Math.floor(fraction * (values.length - 1));
    for (const rank of [below, Math.min(below + 1, values.length - 1)]) select(values, rank);
  }
  const at = (fraction: number) => quantileOf(values, fraction);
  return { d10: at(FRACTIONS.d10), median: at(FRACTIONS.median), d90: at(FRACTIONS.d90) };
}

/** Hoare's selection: afterwards `values[rank]` is what it would be in order, smaller ones lie before it, larger ones after. */
function select(values: Float32Array, rank: number): void {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[rank] ?? 0;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i += 1;
      while ((values[j] ?? 0) > pivot) j -= 1;
      if (i > j) break;
      const swapped = values[i] ?? 0;
      values[i] = values[j] ?? 0;
      values[j] = swapped;
      i += 1;
      j -= 1;
    }
    if (j < rank) low = i;
    if (rank < i) high = j;
  }
}
