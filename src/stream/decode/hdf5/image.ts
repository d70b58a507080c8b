/**
 * Which dataset of an HDF5 file is the image, and what is known about it.
 *
 * @module
 */
import type { Frame, PixelData } from "../../base/frame.js";
import { LIMITS } from "../../base/limits.js";
import { checkDimensions, corrupt, incomplete, noSuchPage, tooLarge, unsupported } from "../refusals.js";
import { pixelsFromBytes, type SampleKind } from "../samples.js";
import type { FindImage, Hdf5Image } from "./layout.js";
import type { Hdf5File } from "./library.js";
import { ncemImage } from "./ncem.js";
import { otherImage } from "./other.js";
import { veloxImage } from "./velox.js";

/** The ways of programs to lay out images, in the order they are tried. */
const WAYS: readonly FindImage[] = [veloxImage, ncemImage, otherImage];

/** Pages of the image at `path`, or of the one that looks like it. Raises FrameRejectedError. */
export function countPages(file: Hdf5File, path: string | null): number {
  return layoutOf(findImage(file, path)).pages;
}

/** Raises FrameRejectedError. */
export function decodePage(file: Hdf5File, path: string | null, page: number): Frame {
  const image = findImage(file, path);
  const { pages, widthPx, heightPx, kind } = layoutOf(image);
  if (page < 0 || page >= pages) throw noSuchPage(page, pages);
  const { info, axes } = image;
  const { shape } = info;
  const isPicture = (axis: number) => axis === axes.row || axis === axes.column;
  const index = pageIndex(
    shape.map((size, axis) => (isPicture(axis) ? 1 : size)),
    page,
  );
  const bytes = file.read(info.path, {
    offset: index,
    count: shape.map((size, axis) => (isPicture(axis) ? size : 1)),
  });
  const stored = pixelsFromBytes(bytes, kind, true);
  const pixels = axes.row < axes.column ? stored : transposed(stored, heightPx, widthPx);
  return { widthPx, heightPx, pixels, ...image.facts(page) };
}

function findImage(file: Hdf5File, path: string | null): Hdf5Image {
  if (path !== null && file.dataset(path) === null) {
    throw corrupt(`an HDF5 file without a dataset ${path}`, "the path of a dataset in it");
  }
  for (const find of WAYS) {
    const image = find(file, path);
    if (image !== null) return image;
  }
  throw unsupported("an HDF5 file without an image", "a dataset of real numbers with two dimensions or more");
}

interface Layout {
  readonly pages: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly kind: SampleKind;
}

function layoutOf({ info, axes }: Hdf5Image): Layout {
  const { shape, kind, path, isComplex } = info;
  if (kind === null)
    throw unsupported(
      `an HDF5 dataset ${path} of ${isComplex ? "complex numbers or records" : "no numbers"}`,
      "real numbers",
    );
  const [heightPx = 0, widthPx = 0] = [shape[axes.row], shape[axes.column]];
  const pages = shape.reduce(
    (product, size, axis) => (axis === axes.row || axis === axes.column ? product : product * size),
    1,
  );
  if (pages === 0) throw incomplete(`an HDF5 dataset ${path} without a frame yet`);
  checkDimensions(widthPx, heightPx);
  if (pages > LIMITS.pagesPerFile)
    throw tooLarge(`an HDF5 dataset of ${pages} images`, `at most ${LIMITS.pagesPerFile}`);
  return { pages, widthPx, heightPx, kind };
}

/** The place of a page along each axis; the last axis that counts pages moves fastest. */
function pageIndex(sizes: readonly number[], page: number): readonly number[] {
  let rest = page;
  return sizes
    .toReversed()
    .map((size) => {
      const index = rest % size;
      rest = Math.floor(rest / size);
      return index;
    })
    .toReversed();
}

/** Columns stored as rows, put right. */
function transposed(stored: PixelData, heightPx: number, widthPx: number): PixelData {
  const pixels = stored.slice();
  for (let x = 0; x < widthPx; x++) {
    for (let y = 0; y < heightPx; y++) pixels[y * widthPx + x] = stored[x * heightPx + y] ?? 0;
  }
  return pixels;
}
