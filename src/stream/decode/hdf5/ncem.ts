/**
 * NCEM (Berkeley) EMD: groups of `emd_group_type` 1 that hold `data` and, an axis each, `dim1`, `dim2` ... with name and units.
 *
 * @module
 */
import { isSquare, pixelSizeInUnit } from "../pixel-size.js";
import type { Hdf5Image, ImageAxes, PageFacts } from "./layout.js";
import { pageBytes } from "./layout.js";
import type { DatasetInfo, Hdf5File } from "./library.js";
import { groupsOf } from "./walk.js";

/** The largest picture of the file, or the one asked for. */
export function ncemImage(file: Hdf5File, path: string | null): Hdf5Image | null {
  const groups = path === null ? groupsOf(file) : [path.slice(0, path.lastIndexOf("/")) || "/"];
  let best: Hdf5Image | null = null;
  for (const group of groups) {
    if (file.attribute(group, "emd_group_type") !== 1) continue;
    const image = imageIn(file, group, path);
    if (image !== null && (best === null || pageBytes(image.info, image.axes) > pageBytes(best.info, best.axes)))
      best = image;
  }
  return best;
}

/** Names of the dataset in a group; the later ones are those of py4DSTEM and Prismatic. */
const DATASETS: readonly string[] = ["data", "datacube", "realslice"];

function imageIn(file: Hdf5File, group: string, path: string | null): Hdf5Image | null {
  const names = path === null ? DATASETS : [path.slice(path.lastIndexOf("/") + 1)];
  const info = names
    .map((name) => file.dataset(`${group}/${name}`))
    .find((found) => found !== null && found.shape.length >= 2);
  if (info === undefined || info === null) return null;
  const dims = dimsOf(file, group, info);
  const axes = axesFrom(info, dims, countsFromZero(file, group));
  const facts = factsFrom(dims[axes.row], dims[axes.column]);
  return { info, axes, facts: () => facts };
}

/** As newer files do, which have their pages first. */
function countsFromZero(file: Hdf5File, group: string): boolean {
  return file.dataset(`${group}/dim0`) !== null;
}

interface Dim {
  readonly name: string;
  readonly unit: string;
  /** Distance between two samples, in `unit`. */
  readonly step: number;
}

/** The axes of a dataset: `dim1` for the first; newer files count from `dim0`. */
function dimsOf(file: Hdf5File, group: string, { shape }: DatasetInfo): readonly Dim[] {
  const first = countsFromZero(file, group) ? 0 : 1;
  return shape.map((_, axis) => {
    const place = `${group}/dim${axis + first}`;
    const values = file.numbers(place);
    const text = (name: string) => String(file.attribute(place, name) ?? "");
    // Two values stand for a whole axis.
    const step = values.length < 2 ? Number.NaN : ((values.at(-1) ?? 0) - (values[0] ?? 0)) / (values.length - 1);
    return { name: text("name").toLowerCase(), unit: text("units").replace(/[[\]_]/g, ""), step: Math.abs(step) };
  });
}

/**
 * Which axes are the picture. Files come in both orders: from Berkeley's own programs pages first, from HyperSpy columns first. Names say;
 * else two edges alike are the picture; else HyperSpy's order, as RosettaSciIO reads all.
 */
function axesFrom({ shape, path }: DatasetInfo, dims: readonly Dim[], isNewer: boolean): ImageAxes {
  const last = shape.length - 1;
  const pagesFirst = { row: last - 1, column: last };
  const columnsFirst = { row: 1, column: 0 };
  if (isNewer || path.endsWith("/datacube")) return pagesFirst;
  if (isAxis(dims[last], "x") && isAxis(dims[last - 1], "y")) return pagesFirst;
  if (isAxis(dims[0], "x") && isAxis(dims[1], "y")) return columnsFirst;
  const isSquareAt = ({ row, column }: ImageAxes) => shape[row] === shape[column];
  return shape.length > 2 && isSquareAt(pagesFirst) && !isSquareAt(columnsFirst) ? pagesFirst : columnsFirst;
}

function isAxis(dim: Dim | undefined, letter: string): boolean {
  return dim !== undefined && new RegExp(`^${letter}\\b`).test(dim.name);
}

function factsFrom(row: Dim | undefined, column: Dim | undefined): PageFacts {
  const isOne =
    row !== undefined && column !== undefined && row.unit === column.unit && isSquare(column.step, row.step);
  return {
    pixelSizeNm: isOne ? pixelSizeInUnit(column.step, column.unit) : null,
    acquiredAtMs: null,
    exposureMs: null,
  };
}
