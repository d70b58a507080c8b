/**
 * The whole of a reproduction, from a selection of rows to what was measured for them.
 *
 * @module
 */
import { FRAME_SETS } from "./frame-sets.js";
import { type MeasureOptions, measureSet, type OpenedSet, type SetResult } from "./measure.js";
import type { Row } from "./rows.js";
import { openSamples, type SampleOptions } from "./samples.js";

/** Opens every set that a row needs, once. Raises what reading truth raises. */
export async function openSets(rows: readonly Row[], options: SampleOptions): Promise<readonly OpenedSet[]> {
  const ids = [...new Set(rows.map(({ set }) => set))];
  return Promise.all(
    ids.map(async (id) => ({ id, set: FRAME_SETS[id], opened: await openSamples(FRAME_SETS[id], options) })),
  );
}

/** Frames of all sets together. */
export function countFrames(sets: readonly OpenedSet[]): number {
  return sets.reduce((sum, { opened }) => sum + (opened.skipped === null ? opened.count : 0), 0);
}

/** Measures one set after the other. */
export async function measureSets(sets: readonly OpenedSet[], options: MeasureOptions): Promise<readonly SetResult[]> {
  const results: SetResult[] = [];
  for (const set of sets) results.push(await measureSet(set, options));
  return results;
}
