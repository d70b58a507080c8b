/**
 * Whether what is shown is still what happens.
 *
 * @module
 */

export type Freshness = "fresh" | "late" | "stale";

/** Least age, ms, at which data counts as late or stale, however fast frames usually come. */
const FLOOR_MS = { late: 2_000, stale: 10_000 } as const;

/** The same in usual frame intervals: one missing frame of a slow microscope is no alarm. */
const INTERVALS = { late: 3, stale: 8 } as const;

/** How fresh data of `ageMs` is when frames usually come every `intervalMs`. */
export function freshness(ageMs: number, intervalMs: number | null): Freshness {
  const usualMs = intervalMs ?? 0;
  if (ageMs > Math.max(FLOOR_MS.stale, usualMs * INTERVALS.stale)) return "stale";
  return ageMs > Math.max(FLOOR_MS.late, usualMs * INTERVALS.late) ? "late" : "fresh";
}
