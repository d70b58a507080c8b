/**
 * TIFF and BigTIFF: 8 to 64 bit integers and 16 to 64 bit floats; strips, tiles, planes; no compression, LZW, deflate, PackBits, JPEG; pages
 * as a series.
 *
 * @module
 */
import { type Frame, FrameRejectedError } from "../base/frame.js";
import { LIMITS } from "../base/limits.js";
import type { PixelSizeNm } from "../base/units.js";
import { doubtAboutTail } from "./byte-source.js";
import {
  type ByteSource,
  type Growth,
  type ImageFormat,
  type Inspection,
  inspectionOf,
  matchMagic,
  type OpenImage,
} from "./format.js";
import { corrupt, noSuchPage, tooLarge } from "./refusals.js";
import {
  directoriesOf,
  readDirectory,
  readTiffHeader,
  TIFF_MAGICS,
  type TiffDirectory,
  type TiffFile,
} from "./tiff-directory.js";
import { type Extent, isPage, readPage, type TiffPage } from "./tiff-page.js";
import { readPixelSize } from "./tiff-pixel-size.js";
import { readPixels } from "./tiff-samples.js";
import { directoryInStack, readTiffStack, type TiffStack } from "./tiff-stack.js";
import { readTimes } from "./tiff-times.js";

export const tiff: ImageFormat = {
  name: "TIFF (8 to 64 bit, float; strips, tiles; LZW, deflate, PackBits, JPEG; pages)",
  matches: (head) => matchMagic(head, ...TIFF_MAGICS),
  inspect: (source) => inspectionOf(() => inspectTiff(source)),
  open: openTiff,
};

const ZEROS = "zeros where the last image data should be";

/** A TIFF is complete when every directory and every strip or tile of every page lies within the file. */
async function inspectTiff(source: ByteSource): Promise<Inspection> {
  const file = await readTiffHeader(source);
  const stack = await readTiffStack(file);
  if (stack !== null) return inspectStack(file, stack);
  const ends: TiffPage[] = [];
  let count = 0;
  const grown = () => growthOf(file, ends, count);
  try {
    for await (const directory of directoriesOf(file)) {
      if (!(await isPage(file, directory))) continue;
      ends.splice(1, 1, await readPage(file, directory));
      count += 1;
      if (count > LIMITS.pagesPerFile) throw tooLarge("a TIFF of more pages", `at most ${LIMITS.pagesPerFile}`);
    }
  } catch (error) {
    if (!(error instanceof FrameRejectedError) || error.reason !== "incomplete" || count === 0) throw error;
    return { state: "incomplete", missing: error.received, growth: await grown() };
  }
  if (count === 0) throw corrupt("a TIFF without a full-size page", "at least one");
  const growth = await grown();
  const { pages, written } = growth;
  const zeros = written < pages ? ZEROS : null;
  const doubt = pages > 1 ? `a series of ${pages} pages so far, which may still grow` : zeros;
  return { state: "complete", pages, doubt, growth };
}

async function inspectStack(file: TiffFile, stack: TiffStack): Promise<Inspection> {
  const { pages, planned, directory } = stack;
  const ends = [await readPage(file, directory), await readPage(file, directoryInStack(stack, pages - 1))];
  const growth = await growthOf(file, ends, pages);
  if (pages < planned) {
    const missing = `a file of ${file.source.sizeBytes} bytes that holds ${pages} of ${planned} images`;
    return { state: "incomplete", missing, growth };
  }
  const doubt = growth.written < pages ? ZEROS : null;
  return { state: "complete", pages, doubt, growth };
}

/** `ends` are the first of `count` pages and, with more than one, the last. */
async function growthOf({ source }: TiffFile, ends: readonly TiffPage[], count: number): Promise<Growth> {
  const [first = [], last = first] = ends.map(({ chunks }) => chunks);
  const end = lastChunk(last);
  const isWritten = (await doubtAboutTail(source, end.offset, end.byteCount)) === null;
  const { offset, byteCount } = lastChunk(first);
  return { pages: count, written: isWritten ? count : count - 1, firstPage: { offset, length: byteCount } };
}

/** The strip or tile that lies last in the file. */
function lastChunk(chunks: readonly Extent[]): Extent {
  return chunks.reduce((a, b) => (b.offset > a.offset ? b : a));
}

async function openTiff(source: ByteSource): Promise<OpenImage> {
  const file = await readTiffHeader(source);
  const stack = await readTiffStack(file);
  const pages = stack === null ? pageDirectories(file) : stackDirectories(stack);
  let firstPixelSize: PixelSizeNm | null | undefined;
  /** Series state their pixel size on the first page, some on that only. */
  const pixelSizeOf = async (directory: TiffDirectory) => {
    firstPixelSize ??= await readPixelSize(file, await pages.at(0));
    return (await readPixelSize(file, directory)) ?? firstPixelSize;
  };
  return {
    decode: async (page): Promise<Frame> => {
      const directory = await pages.at(page);
      const layout = await readPage(file, directory);
      const { acquiredAtMs, exposureMs } = await readTimes(file, directory);
      return {
        widthPx: layout.widthPx,
        heightPx: layout.heightPx,
        pixels: await readPixels(file, layout),
        pixelSizeNm: await pixelSizeOf(directory),
        acquiredAtMs,
        ...(exposureMs === null ? {} : { exposureMs }),
      };
    },
  };
}

interface PageDirectories {
  /** Raises FrameRejectedError `corrupt` where there is no such page. */
  at(page: number): Promise<TiffDirectory>;
}

function stackDirectories(stack: TiffStack): PageDirectories {
  return {
    at: async (page) => {
      if (page < 0 || page >= stack.pages) throw noSuchPage(page, stack.pages);
      return directoryInStack(stack, page);
    },
  };
}

/** The chain of directories is walked once, as far as somebody has asked. */
function pageDirectories(file: TiffFile): PageDirectories {
  const walk = directoriesOf(file);
  const known: number[] = [];
  return {
    at: async (page) => {
      while (known.length <= page) {
        const { value: directory, done } = await walk.next();
        if (done === true || known.length >= LIMITS.pagesPerFile) throw noSuchPage(page, known.length);
        if (await isPage(file, directory)) known.push(directory.offset);
      }
      return readDirectory(file, known[page] ?? 0);
    },
  };
}
