/**
 * All groups and datasets of an HDF5 file. Links may lead in circles: depth and number are limited.
 *
 * @module
 */
import type { DatasetInfo, Hdf5File } from "./library.js";

const LIMIT = { depth: 12, objects: 10_000 } as const;

/** Paths of all groups, the root included. */
export function groupsOf(file: Hdf5File): readonly string[] {
  const groups: string[] = ["/"];
  let seen = 0;
  const visit = (group: string, depth: number) => {
    for (const name of file.names(group)) {
      seen += 1;
      if (seen > LIMIT.objects) return;
      const path = `${group === "/" ? "" : group}/${name}`;
      if (!file.isGroup(path)) continue;
      groups.push(path);
      if (depth < LIMIT.depth) visit(path, depth + 1);
    }
  };
  visit("/", 0);
  return groups;
}

export function datasetsOf(file: Hdf5File): readonly DatasetInfo[] {
  const datasets: DatasetInfo[] = [];
  for (const group of groupsOf(file)) {
    for (const name of file.names(group)) {
      const info = file.dataset(`${group === "/" ? "" : group}/${name}`);
      if (info !== null) datasets.push(info);
      if (datasets.length > LIMIT.objects) return datasets;
    }
  }
  return datasets;
}
