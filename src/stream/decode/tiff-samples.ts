/**
 * The samples of a TIFF page: strips and tiles read, decoded and joined.
 *
 * @module
 */
import type { PixelData } from "../base/frame.js";
import { readExactly, readOwn } from "./byte-source.js";
import { copyGrey, copyPaletteGrey, type Samples } from "./grey.js";
import { unsupported } from "./refusals.js";
import { floatsFromHalves, floatsFromLongs, isPixelData } from "./samples.js";
import { decompress, undoDifferences, undoFloatPredictor } from "./tiff-codecs.js";
import type { TiffFile } from "./tiff-directory.js";
import { decodeJpegChunk } from "./tiff-jpeg.js";
import { isContiguous, pageBytes, storedBytes, type TiffPage } from "./tiff-page.js";
import type { SampleType } from "./tiff-sample-type.js";

/** Bytes that nobody else holds, and that samples may be laid over. */
type OwnBytes = Uint8Array<ArrayBuffer>;

/** The pixels of a page. Raises FrameRejectedError. */
export async function readPixels(file: TiffFile, page: TiffPage): Promise<PixelData> {
  const isWhole = page.predictor === 1 && page.packedBits === null;
  const isPlain = page.compression === "none" && isWhole && !page.grid.tiled;
  const samples = isPlain && isContiguous(page) ? await readPlain(file, page) : await readChunked(file, page);
  return pixelsFrom(greyFrom(samples, page), page);
}

async function readPlain(file: TiffFile, page: TiffPage): Promise<Samples> {
  const offset = page.chunks[0]?.offset ?? 0;
  // Bytes of their own: samples need an address of their own alignment, and must not keep a whole file in memory.
  const bytes = await readOwn(file.source, offset, pageBytes(page), "the end of its image data");
  return samplesFrom(nativeOrder(bytes, page, file.littleEndian), page);
}

/** Swaps `bytes` in place to little-endian, the order of every machine Node runs on here. */
function nativeOrder(bytes: OwnBytes, page: TiffPage, littleEndian: boolean): OwnBytes {
  if (littleEndian) return bytes;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (page.sampleType.BYTES_PER_ELEMENT === 2) buffer.swap16();
  else if (page.sampleType.BYTES_PER_ELEMENT === 4) buffer.swap32();
  else if (page.sampleType.BYTES_PER_ELEMENT === 8) buffer.swap64();
  return bytes;
}

/** The bytes of whole samples, from the start of a buffer, as samples. */
function samplesFrom(bytes: OwnBytes, { sampleType }: TiffPage): Samples {
  return new sampleType(bytes.buffer, bytes.byteOffset, bytes.byteLength / sampleType.BYTES_PER_ELEMENT);
}

async function readChunked(file: TiffFile, page: TiffPage): Promise<Samples> {
  const joined = new Uint8Array(pageBytes(page));
  for (const index of page.chunks.keys()) {
    const placement = placementOf(page, index);
    const decoded = await readChunk(file, page, index, placement.rows);
    copyChunk(joined, decoded, page, placement);
  }
  return samplesFrom(joined, page);
}

/** Where a chunk belongs in the image. */
interface Placement {
  readonly plane: number;
  readonly xPx: number;
  readonly yPx: number;
  /** Rows the file has of it: tiles are whole, the last strip ends with the image. */
  readonly rows: number;
}

function placementOf({ grid, heightPx }: TiffPage, index: number): Placement {
  const perPlane = grid.across * grid.down;
  const within = index % perPlane;
  const yPx = Math.floor(within / grid.across) * grid.heightPx;
  return {
    plane: Math.floor(index / perPlane),
    xPx: (within % grid.across) * grid.widthPx,
    yPx,
    rows: grid.tiled ? grid.heightPx : Math.min(grid.heightPx, heightPx - yPx),
  };
}

/** One chunk, decompressed, in native order, predictor undone. */
async function readChunk(file: TiffFile, page: TiffPage, index: number, rows: number): Promise<OwnBytes> {
  const extent = page.chunks[index] ?? { offset: 0, byteCount: 0 };
  const encoded = await readExactly(file.source, extent.offset, extent.byteCount, "the end of its image data");
  const wholeBytes = storedBytes(page, page.grid.heightPx);
  const neededBytes = storedBytes(page, rows);
  if (page.compression === "jpeg") return decodeJpegChunk(encoded, page, rows);
  const decoded = await decompress(encoded, page.compression, { neededBytes, wholeBytes });
  if (page.packedBits !== null) return unpackBits(decoded, page.packedBits, page.grid.widthPx, page.sampleType);
  const bytes = decoded.byteOffset % page.sampleType.BYTES_PER_ELEMENT === 0 ? decoded : new Uint8Array(decoded);
  const channels = page.planar ? 1 : page.samplesPerPixel;
  const rowSamples = page.grid.widthPx * channels;
  if (page.predictor === 3) return undoFloatPredictor(bytes, rowSamples, page.sampleType.BYTES_PER_ELEMENT, channels);
  const native = nativeOrder(bytes, page, file.littleEndian);
  if (page.predictor === 1) return native;
  undoDifferences(integersFrom(native, page.sampleType.BYTES_PER_ELEMENT), rowSamples, channels);
  return native;
}

/** Rows of packed samples of 4 to 14 bits, the upper bits first; each row begins a byte. */
function unpackBits(packed: Uint8Array, bits: number, widthPx: number, sampleType: SampleType): OwnBytes {
  const rowBytes = Math.ceil((widthPx * bits) / 8);
  const rows = packed.length / rowBytes;
  const samples = new sampleType(widthPx * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < widthPx; x++) {
      const at = y * rowBytes + ((x * bits) >> 3);
      // At most 7 bits before it and 14 of it.
      const three = ((packed[at] ?? 0) << 16) | ((packed[at + 1] ?? 0) << 8) | (packed[at + 2] ?? 0);
      samples[y * widthPx + x] = (three >> (24 - bits - ((x * bits) & 7))) & ((1 << bits) - 1);
    }
  }
  return new Uint8Array(samples.buffer);
}

/** Predictor 2 takes differences of the bits as integers, those of floats too. */
function integersFrom(bytes: OwnBytes, sampleBytes: number): Samples {
  if (sampleBytes === 1) return bytes;
  const integerType = sampleBytes === 2 ? Uint16Array : Uint32Array;
  return new integerType(bytes.buffer, bytes.byteOffset, bytes.byteLength / sampleBytes);
}

function copyChunk(joined: Uint8Array, decoded: Uint8Array, page: TiffPage, placement: Placement): void {
  const pixelBytes = (page.planar ? 1 : page.samplesPerPixel) * page.sampleType.BYTES_PER_ELEMENT;
  const { plane, xPx, yPx } = placement;
  const rows = Math.min(placement.rows, page.heightPx - yPx);
  const rowBytes = Math.min(page.grid.widthPx, page.widthPx - xPx) * pixelBytes;
  for (let row = 0; row < rows; row++) {
    const from = row * page.grid.widthPx * pixelBytes;
    const to = ((plane * page.heightPx + yPx + row) * page.widthPx + xPx) * pixelBytes;
    joined.set(decoded.subarray(from, from + rowBytes), to);
  }
}

/** One channel of the samples, as many as pixels. */
function greyFrom(samples: Samples, page: TiffPage): Samples {
  const count = page.widthPx * page.heightPx;
  if (page.palette !== null) {
    const grey = new Uint8Array(count);
    copyPaletteGrey(samples, page.palette, count, { pixels: grey, start: 0, step: 1 });
    return grey;
  }
  if (page.samplesPerPixel === 1) return samples;
  if (page.planar) return greyPlane(samples, page, count);
  const grey = new page.sampleType(count);
  copyGrey(samples, page.samplesPerPixel, count, { pixels: grey, start: 0, step: 1 });
  return grey;
}

function greyPlane(samples: Samples, page: TiffPage, count: number): Samples {
  const grey = samples.slice(0, count);
  for (let i = count; page.photometric === "rgb" && i < 3 * count; i++) {
    if (samples[i] !== grey[i % count]) {
      throw unsupported("a colour image (its planes differ)", "one channel, or red = green = blue in every pixel");
    }
  }
  return grey;
}

/** Samples of the frame's own types; white is made the larger number. */
function pixelsFrom(samples: Samples, page: TiffPage): PixelData {
  if (page.meaning !== "plain") return wideFrom(samples, page);
  const isShort = samples instanceof Uint8Array || samples instanceof Uint16Array;
  if (page.photometric === "white-is-zero") {
    if (!isShort) throw unsupported("a white-is-zero TIFF of more than 16 bits", "black-is-zero");
    const white = 2 ** (page.packedBits ?? 8 * samples.BYTES_PER_ELEMENT) - 1;
    for (let i = 0; i < samples.length; i++) samples[i] = white - (samples[i] ?? 0);
  }
  return isPixelData(samples) ? samples : new Float32Array(samples);
}

/** Half floats and 64 bit integers, which so far were bits of their size. */
function wideFrom(samples: Samples, { meaning, photometric }: TiffPage): Float32Array {
  if (photometric === "white-is-zero") throw unsupported("a white-is-zero TIFF of such samples", "black-is-zero");
  if (samples instanceof Uint16Array) return floatsFromHalves(samples);
  return floatsFromLongs(
    new Uint32Array(samples.buffer, samples.byteOffset, samples.byteLength / 4),
    meaning === "i64",
  );
}
