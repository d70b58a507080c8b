/**
 * Stacks of ImageJ in a TIFF of one directory: beyond 4 GB it writes that of the first image only, and the pixels of all one after the other.
 *
 * @module
 */
import { LIMITS } from "../base/limits.js";
import { readDirectory, readNumber, readText, type TiffDirectory, type TiffFile } from "./tiff-directory.js";
import { isContiguous, pageBytes, readPage } from "./tiff-page.js";

const TAG = { photometric: 262, description: 270 } as const;

export interface TiffStack {
  /** The directory of the first image, which is that of all. */
  readonly directory: TiffDirectory;
  /** Images, 2 or more, all of which are in the file. */
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
  const pages = Number(/^ImageJ=[\s\S]*?\nimages=(\d+)/.exec(description)?.[1] ?? 1);
  if (pages < 2 || pages > LIMITS.pagesPerFile || (await readNumber(file, directory, TAG.photometric, 1)) > 1)
    return null;
  const page = await readPage(file, directory);
  const [first] = page.chunks;
  const isPlain = page.compression === "none" && page.predictor === 1 && !page.grid.tiled && isContiguous(page);
  if (!isPlain || first === undefined) return null;
  const strideBytes = pageBytes(page);
  const isWhole = first.offset + pages * strideBytes <= file.source.sizeBytes;
  return isWhole ? { directory, pages, strideBytes } : null;
}

/** The directory of image `page` of a stack: the first one's, whose pixels lie further on. */
export function directoryInStack({ directory, strideBytes }: TiffStack, page: number): TiffDirectory {
  return { ...directory, shiftBytes: page * strideBytes };
}
