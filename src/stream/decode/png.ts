/**
 * PNG: grey, grey with alpha, palette and RGB(A) that are grey, 1 to 16 bit, interlaced or not.
 *
 * After "PNG (Portable Network Graphics) Specification", third edition, W3C 2025; section numbers refer to it.
 *
 * @module
 */
import { promisify } from "node:util";
import { inflate } from "node:zlib";
import type { Frame } from "../base/frame.js";
import type { PixelSizeNm } from "../base/units.js";
import { bytesSource, isAllZero, readAll, readExactly, viewOf } from "./byte-source.js";
import {
  type ByteSource,
  type CompleteImage,
  type ImageFormat,
  inspectionOf,
  matchMagic,
  type OpenImage,
} from "./format.js";
import { type GreyPalette, greyPaletteFrom } from "./grey.js";
import { pixelSizeFromResolution } from "./pixel-size.js";
import { type PngLayout, pixelsFromScanlines, scanlineBytes } from "./png-scanlines.js";
import {
  checkDimensions,
  checkExpansion,
  checkSampleBytes,
  corrupt,
  incomplete,
  noSuchPage,
  SAMPLE_BYTES_LIMIT,
  tooLarge,
  unsupported,
} from "./refusals.js";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Signature and the whole IHDR chunk. */
const HEADER_BYTES = 33;
/** A chunk without its data: length, type, CRC. */
const CHUNK_FRAME_BYTES = 12;
/** More chunks than any writer makes: 64 MB in libpng's chunks of 8 kB are 8,192. */
const CHUNKS_LIMIT = 1_000_000;

/** Samples a pixel and allowed bits a sample, by colour type (11.2.1). */
const COLOUR_TYPES: Readonly<Record<number, { readonly channels: number; readonly bitDepths: readonly number[] }>> = {
  0: { channels: 1, bitDepths: [1, 2, 4, 8, 16] },
  2: { channels: 3, bitDepths: [8, 16] },
  3: { channels: 1, bitDepths: [1, 2, 4, 8] },
  4: { channels: 2, bitDepths: [8, 16] },
  6: { channels: 4, bitDepths: [8, 16] },
};
const PALETTE_COLOUR = 3;

interface PngHeader extends PngLayout {
  readonly paletteColour: boolean;
}

interface PngChunk {
  readonly type: string;
  readonly dataOffset: number;
  readonly length: number;
}

/** Everything decoding needs beside the header. */
interface PngContent {
  readonly imageData: readonly Uint8Array[];
  readonly palette: GreyPalette | null;
  readonly pixelSizeNm: PixelSizeNm | null;
}

const inflateAsync = promisify(inflate);

export const png: ImageFormat = {
  name: "PNG (8, 16 bit; grey, palette, grey RGB)",
  matches: (head) => matchMagic(head, SIGNATURE),
  inspect: (source) => inspectionOf(() => inspectPng(source)),
  open: openPng,
};

/** A PNG is complete when its chunks lead to IEND, which writers put there last. */
async function inspectPng(source: ByteSource): Promise<CompleteImage> {
  await readHeader(source);
  for await (const chunk of chunksOf(source)) void chunk;
  return { state: "complete", pages: 1, doubt: null };
}

async function openPng(source: ByteSource): Promise<OpenImage> {
  const header = await readHeader(source);
  return {
    decode: async (page) => {
      if (page !== 0) throw noSuchPage(page, 1);
      return decodePng(source, header);
    },
  };
}

async function decodePng(source: ByteSource, header: PngHeader): Promise<Frame> {
  if (source.sizeBytes > 2 * SAMPLE_BYTES_LIMIT) {
    throw tooLarge(`a PNG file of ${source.sizeBytes} bytes`, `at most ${2 * SAMPLE_BYTES_LIMIT} bytes`);
  }
  const content = await readContent(await readAll(source));
  if (header.paletteColour && content.palette === null) throw corrupt("a palette PNG without PLTE", "its palette");
  const scanlines = await inflateScanlines(content.imageData, scanlineBytes(header));
  return {
    widthPx: header.widthPx,
    heightPx: header.heightPx,
    pixels: pixelsFromScanlines(scanlines, header, header.paletteColour ? content.palette : null),
    pixelSizeNm: content.pixelSizeNm,
    acquiredAtMs: null,
  };
}

async function readHeader(source: ByteSource): Promise<PngHeader> {
  const bytes = await readExactly(source, 0, HEADER_BYTES, "the end of its PNG header");
  const view = viewOf(bytes);
  if (isAllZero(bytes.subarray(8))) throw incomplete("a PNG signature followed by zeros");
  if (view.getUint32(8) !== 13 || chunkType(bytes, 12) !== "IHDR") {
    throw corrupt("a PNG that does not begin with IHDR", "IHDR as the first chunk");
  }
  const header = headerFrom(view);
  checkDimensions(header.widthPx, header.heightPx);
  checkSampleBytes(scanlineBytes(header));
  return header;
}

function headerFrom(view: DataView): PngHeader {
  const bitDepth = view.getUint8(24);
  const colourType = view.getUint8(25);
  const kind = COLOUR_TYPES[colourType];
  const [compression, filter, interlace] = [view.getUint8(26), view.getUint8(27), view.getUint8(28)];
  if (kind === undefined || !kind.bitDepths.includes(bitDepth) || compression !== 0 || filter !== 0 || interlace > 1) {
    throw unsupported(
      `a PNG of colour type ${colourType}, ${bitDepth} bit, compression ${compression}, filter ${filter}, interlace ${interlace}`,
      "one of the combinations that the PNG specification has",
    );
  }
  return {
    widthPx: view.getUint32(16),
    heightPx: view.getUint32(20),
    bitDepth,
    channels: kind.channels,
    interlaced: interlace === 1,
    paletteColour: colourType === PALETTE_COLOUR,
  };
}

/** The chunks after the signature up to IEND, that one included. Raises `incomplete` where the file ends before it. */
async function* chunksOf(source: ByteSource): AsyncGenerator<PngChunk> {
  let offset = SIGNATURE.length;
  for (let count = 0; count < CHUNKS_LIMIT; count++) {
    const head = await readExactly(source, offset, 8, "its IEND chunk");
    const chunk = { type: chunkType(head, 4), dataOffset: offset + 8, length: viewOf(head).getUint32(0) };
    if (isAllZero(head)) throw incomplete(`zeros at byte ${offset}, where a PNG chunk should begin`);
    if (!/^[A-Za-z]{4}$/.test(chunk.type))
      throw corrupt(`no PNG chunk at byte ${offset}`, "a chunk type of four letters");
    offset += CHUNK_FRAME_BYTES + chunk.length;
    if (offset > source.sizeBytes) {
      throw incomplete(`a file of ${source.sizeBytes} bytes whose ${chunk.type} chunk ends at byte ${offset}`);
    }
    yield chunk;
    if (chunk.type === "IEND") return;
  }
  throw corrupt(`a PNG of more than ${CHUNKS_LIMIT} chunks`, "fewer");
}

function chunkType(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

async function readContent(bytes: Uint8Array): Promise<PngContent> {
  const imageData: Uint8Array[] = [];
  let palette: GreyPalette | null = null;
  let pixelSizeNm: PixelSizeNm | null = null;
  for await (const { type, dataOffset, length } of chunksOf(bytesSource(bytes))) {
    const data = bytes.subarray(dataOffset, dataOffset + length);
    if (type === "IDAT") imageData.push(data);
    else if (type === "PLTE") palette = greyPaletteFrom(data);
    else if (type === "pHYs" && length === 9) pixelSizeNm = pixelSizeFrom(viewOf(data));
  }
  return { imageData, palette, pixelSizeNm };
}

/** pHYs (11.3.4.3): pixels per metre in x and y, unit 1; pixels that are not square have no one size. */
function pixelSizeFrom(physical: DataView): PixelSizeNm | null {
  const perMetreX = physical.getUint32(0);
  if (physical.getUint8(8) !== 1 || perMetreX !== physical.getUint32(4)) return null;
  return pixelSizeFromResolution(perMetreX);
}

async function inflateScanlines(imageData: readonly Uint8Array[], expectedBytes: number): Promise<Uint8Array> {
  const [first, ...others] = imageData;
  if (first === undefined) throw corrupt("a PNG without image data", "at least one IDAT chunk");
  const encoded = others.length === 0 ? first : Buffer.concat(imageData);
  checkExpansion("deflate", encoded.length, expectedBytes);
  const scanlines = await inflateExactly(encoded, expectedBytes);
  if (scanlines.length !== expectedBytes) {
    throw corrupt(`${scanlines.length} bytes of scanlines`, `${expectedBytes} as the header says`);
  }
  return scanlines;
}

async function inflateExactly(encoded: Uint8Array, expectedBytes: number): Promise<Uint8Array> {
  try {
    // One output chunk of the right size: Node then neither grows nor joins buffers. zlib wants one of at least 64 bytes.
    return await inflateAsync(encoded, { maxOutputLength: expectedBytes, chunkSize: Math.max(64, expectedBytes) });
  } catch (error) {
    throw corrupt("PNG image data that do not inflate", `a zlib stream of ${expectedBytes} bytes`, error);
  }
}
