/**
 * The order of the rows.
 *
 * @module
 */
import type { ParticleColumnName } from "../../../src/stream/base/particles.js";
import type { FrameParticles } from "../state/store.js";
import type { ViewColumn } from "./particle-columns.js";

export interface Sorting {
  readonly column: ParticleColumnName;
  readonly descending: boolean;
}

/** Indices of the particles in the order of `sorting`; equal values stay in the order of their numbers. */
export function particleOrder({ table }: FrameParticles, { column, descending }: Sorting): readonly number[] {
  const values = table[column];
  const sign = descending ? -1 : 1;
  return Array.from(table.id.keys()).sort((a, b) => sign * ((values[a] ?? 0) - (values[b] ?? 0)) || a - b);
}

/** The same column again turns the order round; another begins with its largest, numbers with the first. */
export function nextSorting(current: Sorting, { name }: ViewColumn): Sorting {
  if (current.column === name) return { column: name, descending: !current.descending };
  return { column: name, descending: name !== "id" };
}
