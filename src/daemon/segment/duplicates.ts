/**
 * One detection a particle, however many tiles and boxes saw it.
 *
 * @module
 */
import type { Detection } from "../../stream/base/detection.js";
import { sharedAreaPx } from "./masks.js";

/** A detection before particles seen twice are counted once. */
export interface Candidate extends Detection {
  /** Pixels of its mask, > 0. */
  readonly areaPx: number;
  /** Whether an edge of its tile cut it off, so that a neighbouring tile may have more of it. */
  readonly isCut: boolean;
}

/**
 * Keeps the best candidate of each particle: whole ones before those that a seam cut off, then by score. Two candidates are one particle
 * where they share more than `overlap` of the smaller mask; masks and not boxes, since the box of a slanting rod holds its neighbours too.
 */
export function withoutDuplicates(candidates: readonly Candidate[], overlap: number): readonly Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of [...candidates].sort(byPreference)) {
    const limit = (other: Candidate) => overlap * Math.min(candidate.areaPx, other.areaPx);
    if (kept.some((other) => touch(candidate, other) && sharedAreaPx(candidate.mask, other.mask) > limit(other)))
      continue;
    kept.push(candidate);
  }
  return kept;
}

function byPreference(a: Candidate, b: Candidate): number {
  return Number(a.isCut) - Number(b.isCut) || b.score - a.score;
}

function touch({ mask: a }: Candidate, { mask: b }: Candidate): boolean {
  return (
    a.xPx < b.xPx + b.widthPx && b.xPx < a.xPx + a.widthPx && a.yPx < b.yPx + b.heightPx && b.yPx < a.yPx + a.heightPx
  );
}
