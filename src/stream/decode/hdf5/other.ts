/**
 * Any other HDF5 file: NeXus, HyperSpy's own, a program's dataset by its path. Rows and columns are the last two axes.
 *
 * @module
 */
import { isSquare, pixelSizeInUnit } from "../pixel-size.js";
import { unsupported } from "../refusals.js";
import type { Hdf5Image, PageFacts } from "./layout.js";
import type { DatasetInfo, Hdf5File } from "./library.js";
import { datasetsOf } from "./walk.js";

/** The dataset asked for, else the one with the most numbers among those of two dimensions or more; of HyperSpy's files, among its signals. */
export function otherImage(file: Hdf5File, path: string | null): Hdf5Image | null {
  const candidates = path === null ? candidatesIn(file) : [file.dataset(path)].filter((info) => info !== null);
  let best: DatasetInfo | null = null;
  for (const info of candidates) {
    if (info.shape.length < 2) continue;
    if (best === null || rank(info) > rank(best)) best = info;
  }
  if (best === null) return null;
  if (path === null) checkSignal(file, best);
  const last = best.shape.length - 1;
  const facts = factsOf(file, best);
  return { info: best, axes: { row: last - 1, column: last }, facts: () => facts };
}

function candidatesIn(file: Hdf5File): readonly DatasetInfo[] {
  const signals = file
    .names("/Experiments")
    .map((name) => file.dataset(`/Experiments/${name}/data`))
    .filter((info) => info !== null);
  return signals.length > 0 ? signals : datasetsOf(file);
}

/** HyperSpy says which axes lead to a signal: with one left, the signal is a spectrum. */
function checkSignal(file: Hdf5File, { path, shape }: DatasetInfo): void {
  const isNavigation = (axis: number) => {
    const place = `${parentOf(path)}/axis-${axis}`;
    return file.isGroup(place) ? file.attribute(place, "navigate") : null;
  };
  const last = shape.length - 1;
  if (isNavigation(last) === 0 && isNavigation(last - 1) === 1)
    throw unsupported(`an HDF5 dataset ${path} of spectra`, "images");
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Real numbers before anything else, then size. */
function rank({ kind, shape }: DatasetInfo): number {
  return kind === null ? -1 : shape.reduce((product, size) => product * size, 1);
}

/** HyperSpy describes axis k of `data` in a group `axis-k` beside it: scale and units. */
function factsOf(file: Hdf5File, { path, shape }: DatasetInfo): PageFacts {
  const [y, x] = [shape.length - 2, shape.length - 1].map((axis) => {
    const place = `${parentOf(path)}/axis-${axis}`;
    if (!file.isGroup(place)) return { scale: Number.NaN, unit: "" };
    return {
      scale: Number(file.attribute(place, "scale") ?? Number.NaN),
      unit: String(file.attribute(place, "units") ?? ""),
    };
  });
  const isOne =
    x !== undefined && y !== undefined && x.unit === y.unit && isSquare(Math.abs(x.scale), Math.abs(y.scale));
  return {
    pixelSizeNm: isOne ? pixelSizeInUnit(Math.abs(x.scale), x.unit) : null,
    acquiredAtMs: null,
    exposureMs: null,
  };
}
