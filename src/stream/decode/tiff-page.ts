/**
 * One page of a TIFF: what its tags say, checked against the limits and the size of the file.
 *
 * @module
 */
import { type GreyPalette, greyPaletteFrom } from "./grey.js";
import {
  type Compression,
  checkDimensions,
  checkExpansion,
  checkSampleBytes,
  corrupt,
  incomplete,
  unsupported,
} from "./refusals.js";
import {
  readBytes,
  readDirectory,
  readNumber,
  readNumbers,
  type TiffDirectory,
  type TiffFile,
} from "./tiff-directory.js";
import { readSampleType, type SampleMeaning, type SampleType } from "./tiff-sample-type.js";
import { isSisPicture } from "./tiff-vendors.js";

const TAG = {
  subfileType: 254,
  width: 256,
  height: 257,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  predictor: 317,
  colourMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  jpegTables: 347,
} as const;

const COMPRESSIONS: Readonly<Record<number, Compression>> = {
  1: "none",
  5: "lzw",
  7: "jpeg",
  8: "deflate",
  32946: "deflate",
  32773: "pack-bits",
};

export type Photometric = "white-is-zero" | "black-is-zero" | "rgb" | "palette";
const PHOTOMETRICS: readonly Photometric[] = ["white-is-zero", "black-is-zero", "rgb", "palette"];
/** Colours of a JPEG: only there, and only with the other two. */
const YCBCR = 6;

/** Where a strip or tile lies in the file. */
export interface Extent {
  readonly offset: number;
  readonly byteCount: number;
}

/** Strips are chunks as wide as the image; all chunks are of one size, those at the lower edge cut if they are strips. */
export interface ChunkGrid {
  readonly tiled: boolean;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly across: number;
  readonly down: number;
}

export interface TiffPage {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly sampleType: SampleType;
  readonly meaning: SampleMeaning;
  /** Bits of a packed sample, `null` where samples are whole bytes. */
  readonly packedBits: number | null;
  readonly samplesPerPixel: number;
  /** Each sample in an image of its own, one after the other, instead of interleaved. */
  readonly planar: boolean;
  readonly photometric: Photometric;
  readonly palette: GreyPalette | null;
  readonly compression: Compression;
  /** What the JPEGs of a page share, without its end: quantisation and Huffman tables. Empty where each has its own. */
  readonly jpegTables: Uint8Array;
  /** Whether JPEGs hold luminance and colour differences; else red, green and blue. */
  readonly isYcbcr: boolean;
  /** 1 none, 2 horizontal differences, 3 floating point. */
  readonly predictor: 1 | 2 | 3;
  readonly grid: ChunkGrid;
  /** By row, then column, then plane. */
  readonly chunks: readonly Extent[];
}

/**
 * Whether a directory is a page of its own: neither a thumbnail of another (bit 0) nor a transparency mask (bit 2), nor the preview in
 * colours that Olympus SIS puts before a picture.
 */
export async function isPage(file: TiffFile, directory: TiffDirectory): Promise<boolean> {
  const subfileType = await readNumber(file, directory, TAG.subfileType, 0);
  if ((subfileType & 0b101) !== 0) return false;
  const isColour = (await readNumber(file, directory, TAG.photometric, 1)) === PHOTOMETRICS.indexOf("rgb");
  return !(isColour && directory.next !== 0 && isSisPicture(await readDirectory(file, directory.next)));
}

/** Reads and checks a page. Raises FrameRejectedError `incomplete`, `unsupported`, `corrupt`, `too-large`. */
export async function readPage(file: TiffFile, directory: TiffDirectory): Promise<TiffPage> {
  const number = (id: number, fallback: number) => readNumber(file, directory, id, fallback);
  const widthPx = await number(TAG.width, 0);
  const heightPx = await number(TAG.height, 0);
  checkDimensions(widthPx, heightPx);
  const compression = compressionOf(await number(TAG.compression, 1));
  const stated = { samples: await number(TAG.samplesPerPixel, 1), photometric: await number(TAG.photometric, 1) };
  const { samplesPerPixel, photometric } = channelsFrom(stated, compression);
  const planar = samplesPerPixel > 1 && (await number(TAG.planarConfiguration, 1)) === 2;
  const layout = {
    widthPx,
    heightPx,
    samplesPerPixel,
    planar,
    photometric,
    ...(await readSampleType(file, directory)),
    compression,
    jpegTables: await readBytes(file, directory, TAG.jpegTables),
    isYcbcr: stated.photometric === YCBCR,
    predictor: predictorOf(await number(TAG.predictor, 1)),
    palette: photometric === "palette" ? await readPalette(file, directory) : null,
    grid: await readGrid(file, directory, { widthPx, heightPx }),
  };
  checkCombination(layout);
  const page = { ...layout, chunks: await readChunks(file, directory, layout) };
  checkBytes(page);
  return page;
}

/** Bytes of a whole chunk, decoded. */
export function chunkBytes(page: Layout): number {
  const samples = page.planar ? 1 : page.samplesPerPixel;
  return page.grid.widthPx * page.grid.heightPx * samples * page.sampleType.BYTES_PER_ELEMENT;
}

/** Bytes of `rows` rows of a chunk as they are in the file, decompressed. */
export function storedBytes({ packedBits, grid, ...page }: Layout, rows: number): number {
  if (packedBits !== null) return Math.ceil((grid.widthPx * packedBits) / 8) * rows;
  return grid.widthPx * rows * (page.planar ? 1 : page.samplesPerPixel) * page.sampleType.BYTES_PER_ELEMENT;
}

/** Bytes of all samples of the page. */
export function pageBytes(page: Layout): number {
  return page.widthPx * page.heightPx * page.samplesPerPixel * page.sampleType.BYTES_PER_ELEMENT;
}

/** Whether the strips lie in the file as the image does, one after the other, each full. */
export function isContiguous({ chunks, ...page }: TiffPage): boolean {
  const total = chunks.reduce((sum, chunk) => sum + chunk.byteCount, 0);
  const isJoined = chunks.every((chunk, i) => {
    const before = chunks[i - 1];
    return before === undefined || before.offset + before.byteCount === chunk.offset;
  });
  return isJoined && total === pageBytes(page);
}

type Layout = Omit<TiffPage, "chunks">;

function checkCombination(layout: Layout): void {
  const { predictor, sampleType, meaning, samplesPerPixel, compression } = layout;
  if (layout.packedBits !== null && (samplesPerPixel > 1 || predictor !== 1 || layout.palette !== null))
    throw unsupported("a TIFF of packed samples, several a pixel or predicted", "one grey sample a pixel, predictor 1");
  if (predictor === 2 && sampleType === Float64Array) {
    throw unsupported("a TIFF of 64 bit differences", "predictor 1 or 3 for 64 bit floats, 1 for integers");
  }
  if ((meaning === "u64" || meaning === "i64") && (samplesPerPixel > 1 || predictor === 3)) {
    throw unsupported(
      "a TIFF of 64 bit integers with several samples a pixel, or predicted",
      "one sample a pixel, predictor 1",
    );
  }
  if (compression === "jpeg" && sampleType !== Uint8Array)
    throw unsupported("a TIFF of JPEGs of more than 8 bits", "8 bits");
}

/** Samples of a pixel as they come out of the chunks: JPEGs are decoded to one. */
function channelsFrom(
  { samples, photometric }: { readonly samples: number; readonly photometric: number },
  compression: Compression,
): Pick<TiffPage, "samplesPerPixel" | "photometric"> {
  if (compression === "jpeg" && samples === 3 && (photometric === YCBCR || photometric === 2)) {
    return { samplesPerPixel: 1, photometric: "black-is-zero" };
  }
  const meaning = PHOTOMETRICS[photometric];
  checkChannels(meaning, samples);
  return { samplesPerPixel: samples, photometric: meaning };
}

function checkChannels(
  photometric: Photometric | undefined,
  samplesPerPixel: number,
): asserts photometric is Photometric {
  const allowed = photometric === "rgb" ? [3, 4] : photometric === "palette" ? [1] : [1, 2];
  if (photometric === undefined || !allowed.includes(samplesPerPixel)) {
    throw unsupported(
      `a TIFF of ${samplesPerPixel} samples a pixel, photometric interpretation ${photometric ?? "unknown"}`,
      "grey, grey with alpha, a grey palette, or RGB(A) that is grey",
    );
  }
}

function compressionOf(code: number): Compression {
  const compression = COMPRESSIONS[code];
  if (compression === undefined) {
    throw unsupported(
      `a TIFF of compression ${code}`,
      "none (1), LZW (5), JPEG (7), deflate (8, 32946) or PackBits (32773)",
    );
  }
  return compression;
}

function predictorOf(code: number): 1 | 2 | 3 {
  if (code !== 1 && code !== 2 && code !== 3) throw unsupported(`a TIFF of predictor ${code}`, "1, 2 or 3");
  return code;
}

/** The grey levels of a palette, which TIFF gives as 16-bit reds, then greens, then blues; the high byte is the level. */
async function readPalette(file: TiffFile, directory: TiffDirectory): Promise<GreyPalette> {
  const map = await readNumbers(file, directory, TAG.colourMap);
  const entries = Math.floor(map.length / 3);
  return greyPaletteFrom(
    Uint8Array.from({ length: entries * 3 }, (_, i) => (map[(i % 3) * entries + Math.floor(i / 3)] ?? 0) >> 8),
  );
}

async function readGrid(
  file: TiffFile,
  directory: TiffDirectory,
  image: { readonly widthPx: number; readonly heightPx: number },
): Promise<ChunkGrid> {
  const tiled = directory.tags.has(TAG.tileOffsets);
  const rows = tiled
    ? await readNumber(file, directory, TAG.tileHeight, 0)
    : Math.min(await readNumber(file, directory, TAG.rowsPerStrip, image.heightPx), image.heightPx);
  const widthPx = tiled ? await readNumber(file, directory, TAG.tileWidth, 0) : image.widthPx;
  checkDimensions(widthPx, rows);
  return {
    tiled,
    widthPx,
    heightPx: rows,
    across: Math.ceil(image.widthPx / widthPx),
    down: Math.ceil(image.heightPx / rows),
  };
}

async function readChunks(file: TiffFile, directory: TiffDirectory, page: Layout): Promise<readonly Extent[]> {
  const { grid } = page;
  const expected = grid.across * grid.down * (page.planar ? page.samplesPerPixel : 1);
  const offsets = await readNumbers(file, directory, grid.tiled ? TAG.tileOffsets : TAG.stripOffsets);
  const stated = await readNumbers(file, directory, grid.tiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  // Some old writers leave the byte count of a single uncompressed strip out.
  const counts =
    stated.length === 0 && expected === 1 && page.compression === "none" ? [storedBytes(page, page.heightPx)] : stated;
  if (offsets.length !== expected || counts.length !== expected) {
    throw corrupt(
      `a TIFF of ${offsets.length} strips or tiles with ${counts.length} byte counts`,
      `${expected} of each`,
    );
  }
  const shiftBytes = directory.shiftBytes ?? 0;
  return Array.from(offsets, (offset, i) => extentWithin(file, offset + shiftBytes, counts[i] ?? 0));
}

function extentWithin(file: TiffFile, offset: number, byteCount: number): Extent {
  if (offset === 0 || byteCount === 0) throw incomplete("a TIFF strip or tile that is not yet written");
  if (!(Number.isInteger(offset) && Number.isInteger(byteCount) && offset > 0 && byteCount > 0)) {
    throw corrupt(`a TIFF strip or tile of ${byteCount} bytes at byte ${offset}`, "a place in the file");
  }
  if (offset + byteCount > file.source.sizeBytes) {
    throw incomplete(`a file of ${file.source.sizeBytes} bytes whose image data end at byte ${offset + byteCount}`);
  }
  return { offset, byteCount };
}

/** Image data that cannot fill the image are refused here, before decoding allocates it. */
function checkBytes(page: TiffPage): void {
  checkSampleBytes(pageBytes(page));
  checkSampleBytes(chunkBytes(page));
  const encodedBytes = page.chunks.reduce((sum, chunk) => sum + chunk.byteCount, 0);
  const packing = page.packedBits === null ? 1 : page.packedBits / (8 * page.sampleType.BYTES_PER_ELEMENT);
  checkExpansion(page.compression, encodedBytes, pageBytes(page) * packing);
}
