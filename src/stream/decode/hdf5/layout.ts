/**
 * How an image lies in an HDF5 file, whoever wrote it.
 *
 * @module
 */
import type { PixelSizeNm, UnixMs } from "../../base/units.js";
import { SAMPLE_BYTES } from "../samples.js";
import type { DatasetInfo, Hdf5File } from "./library.js";

/** Which axis of a dataset is which; those not named count pages. */
export interface ImageAxes {
  readonly row: number;
  readonly column: number;
}

/** What a file says of one page. */
export interface PageFacts {
  readonly pixelSizeNm: PixelSizeNm | null;
  readonly acquiredAtMs: UnixMs | null;
  readonly exposureMs: number | null;
}

/** An image, or a stack of images, in an HDF5 file. */
export interface Hdf5Image {
  readonly info: DatasetInfo;
  readonly axes: ImageAxes;
  facts(page: number): PageFacts;
}

/** The image that a program of one kind has left in a file, or `null`; `path` is a dataset that was asked for. */
export type FindImage = (file: Hdf5File, path: string | null) => Hdf5Image | null;

/** Bytes of one page. */
export function pageBytes({ kind, shape }: DatasetInfo, { row, column }: ImageAxes): number {
  return (kind === null ? 0 : SAMPLE_BYTES[kind]) * (shape[row] ?? 0) * (shape[column] ?? 0);
}
