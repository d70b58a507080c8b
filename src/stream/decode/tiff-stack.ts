/**
 * Stacks in a TIFF of one directory, that of the first image, and the pixels of all one after the other: ImageJ's beyond 4 GB, and tifffile's
 * where it was asked to.
 *
 * @module
 */
import { LIMITS } from "../base/limits.js";
import { tooLarge } from "./refusals.js";
import { readDirectory, readNumber, readText, type TiffDirectory, type TiffFile } from "./tiff-directory.js";
import { isContiguous, pageBytes, readPage } from "./tiff-page.js";

const TAG = { photometric: 262, description: 270 } as const;

export interface TiffStack {
  /** The directory of the first image, which is that of all. */
  readonly directory: TiffDirectory;
  /** Images that the file promises, 2 or more. */
  readonly planned: number;
  /** Whole images in it. */
  readonly pages: number;
  /** Bytes from an image to the next. */
  readonly strideBytes: number;
}

/** The stack that a file is, or `null` where each page has a directory of its own. Raises FrameRejectedError. */
export async function readTiffStack(file: TiffFile): Promise<TiffStack | null> {
  if (file.firstDirectory === 0) return null;
  const directory = await readDirectory(file, file.firstDirectory);
  if (directory.next !== 0) return null;
  const description = await readText(file, directory, TAG.description);
  const planned = plannedIn(description);
  if (!(planned >= 2) || (await readNumber(file, directory, TAG.photometric, 1)) > 1) return null;
  if (planned > LIMITS.pagesPerFile) throw tooLarge(`a TIFF of ${planned} images`, `at most ${LIMITS.pagesPerFile}`);
  const page = await readPage(file, directory);
  const [first] = page.chunks;
  const isPlain = page.compression === "none" && page.predictor === 1 && !page.grid.tiled && isContiguous(page);
  if (!isPlain || first === undefined) return null;
  const strideBytes = pageBytes(page);
  const there = Math.floor((file.source.sizeBytes - first.offset) / strideBytes);
  return { directory, planned, pages: Math.min(there, planned), strideBytes };
}

/** `ImageJ=1.54f`, then `images=12`; or `{"shape": [3, 4, 512, 512], "truncated": true}`. */
function plannedIn(description: string): number {
  const shape = /^\{"shape": \[([\d, ]+)\].*"truncated": true/.exec(description)?.[1];
  if (shape === undefined) return Number(/^ImageJ=[\s\S]*?\nimages=(\d+)/.exec(description)?.[1] ?? 1);
  return shape
    .split(",")
    .slice(0, -2)
    .reduce((product, size) => product * Number(size), 1);
}

/** The directory of image `page` of a stack: the first one's, whose pixels lie further on. */
export function directoryInStack({ directory, strideBytes }: TiffStack, page: number): TiffDirectory {
  return { ...directory, shiftBytes: page * strideBytes };
}
