/**
 * Median and deciles over all particles of a run: a scan of the size blobs, then a selection instead of a sort.
 *
 * @module
 */
import { quantilesOf } from "../analysis/quantile.js";
import type { SqlDatabase } from "./database.js";
import { maybeNumberAt, numberAt, viewAt } from "./database.js";
import { gatherSizes } from "./particle-blobs.js";
import type { Run, RunSizes } from "./records.js";

const FRACTIONS = [0.1, 0.5, 0.9] as const;

/** ECD over the particles of a run, in nm when every frame's pixel size is known, else in px; those cut by the border left out. */
export function runSizes(database: SqlDatabase, run: Run): RunSizes {
  const range = [run.firstSeq, run.lastSeq ?? Number.MAX_SAFE_INTEGER] as const;
  const where = "FROM particles WHERE seq BETWEEN ? AND ?";
  const totals = database.get(`SELECT sum(count), sum(count > 0 AND pixel_size_nm IS NULL) ${where}`, ...range);
  const particles = maybeNumberAt(totals, 0) ?? 0;
  const isNm = particles > 0 && numberAt(totals, 1) === 0;
  const sizes = { values: new Float32Array(particles), length: 0 };
  for (const row of database.rows(`SELECT count, pixel_size_nm, sizes ${where}`, ...range)) {
    gatherSizes(sizes, viewAt(row, 2), numberAt(row, 0), isNm ? (maybeNumberAt(row, 1) ?? 1) : 1);
  }
  const [d10 = null, median = null, d90 = null] = quantilesOf(sizes.values.subarray(0, sizes.length), FRACTIONS);
  return { particles, sized: sizes.length, lengthUnit: isNm ? "nm" : "px", d10, median, d90 };
}
