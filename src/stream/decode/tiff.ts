/**
 * TIFF and BigTIFF: 8 to 64 bit integers and 16 to 64 bit floats; strips, tiles, planes; no compression, LZW, deflate, PackBits, JPEG; pages
 * as a series.
 *
 * @module
 */
import type { Frame } from "../base/frame.js";
import { LIMITS } from "../base/limits.js";
import type { PixelSizeNm } from "../base/units.js";
import { doubtAboutTail } from "./byte-source.js";
import {
  type ByteSource,
  type CompleteImage,
  type ImageFormat,
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
import { readTimes } from "./tiff-times.js";

export const tiff: ImageFormat = {
  name: "TIFF (8 to 64 bit, float; strips, tiles; LZW, deflate, PackBits, JPEG; pages)",
  matches: (head) => matchMagic(head, ...TIFF_MAGICS),
  inspect: (source) => inspectionOf(() => inspectTiff(source)),
  open: openTiff,
};

/** A TIFF is complete when every directory and every strip or tile of every page lies within the file. */
async function inspectTiff(source: ByteSource): Promise<CompleteImage> {
  const file = await readTiffHeader(source);
  let pages = 0;
  let last: TiffPage | null = null;
  for await (const directory of directoriesOf(file)) {
    if (!(await isPage(file, directory))) continue;
    last = await readPage(file, directory);
    pages += 1;
    if (pages > LIMITS.pagesPerFile) throw tooLarge("a TIFF of more pages", `at most ${LIMITS.pagesPerFile}`);
  }
  if (last === null) throw corrupt("a TIFF without a full-size page", "at least one");
  return { state: "complete", pages, doubt: await doubtAbout(file, last, pages) };
}

async function doubtAbout(file: TiffFile, last: TiffPage, pages: number): Promise<string | null> {
  if (pages > 1) return `a series of ${pages} pages so far, which may still grow`;
  const { offset, byteCount } = lastChunk(last.chunks);
  return doubtAboutTail(file.source, offset, byteCount);
}

/** The strip or tile that lies last in the file. */
function lastChunk(chunks: readonly Extent[]): Extent {
  return chunks.reduce((a, b) => (b.offset > a.offset ? b : a));
}

async function openTiff(source: ByteSource): Promise<OpenImage> {
  const file = await readTiffHeader(source);
  const pages = pageOffsets(file);
  let firstPixelSize: PixelSizeNm | null | undefined;
  /** Series state their pixel size on the first page, some on that only. */
  const pixelSizeOf = async (directory: TiffDirectory) => {
    firstPixelSize ??= await readPixelSize(file, await readDirectory(file, await pages.at(0)));
    return (await readPixelSize(file, directory)) ?? firstPixelSize;
  };
  return {
    decode: async (page): Promise<Frame> => {
      const directory = await readDirectory(file, await pages.at(page));
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

/** Where the directory of each page is; the chain is walked once, as far as somebody has asked. */
function pageOffsets(file: TiffFile): { at(page: number): Promise<number> } {
  const walk = directoriesOf(file);
  const known: number[] = [];
  return {
    at: async (page) => {
      while (known.length <= page) {
        const { value: directory, done } = await walk.next();
        if (done === true || known.length >= LIMITS.pagesPerFile) throw noSuchPage(page, known.length);
        if (await isPage(file, directory)) known.push(directory.offset);
      }
      return known[page] ?? 0;
    },
  };
}
