/**
 * Image files made byte by byte, for tests that are about files and not about pixels.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";
import type { PixelData } from "../../src/stream/base/frame.js";
import { FrameRejectedError, type RejectionReason } from "../../src/stream/base/frame.js";
import type { ByteSource } from "../../src/stream/decode/format.js";

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}

export interface PngOptions {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly bitDepth?: number;
  readonly colourType?: number;
  readonly interlaced?: boolean;
  /** Scanlines with their filter bytes; by default an unfiltered picture of zeros. */
  readonly scanlines?: Uint8Array;
}

/** A PNG, 8-bit grey unless told otherwise. */
export function pngFile(options: PngOptions): Buffer {
  const { widthPx, heightPx, bitDepth = 8, colourType = 0, interlaced = false } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(widthPx, 0);
  header.writeUInt32BE(heightPx, 4);
  header.set([bitDepth, colourType, 0, 0, interlaced ? 1 : 0], 8);
  const scanlines = options.scanlines ?? Buffer.alloc((widthPx + 1) * heightPx);
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    pngChunk("IHDR", header),
    pngChunk("IDAT", deflateSync(scanlines)),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

/** An 8-bit grey PNG of `size` x `size` px, every pixel `level`. */
export function flatPng(level: number, size = 8): Buffer {
  const scanlines = Buffer.alloc((size + 1) * size, level);
  for (let row = 0; row < size; row++) scanlines[row * (size + 1)] = 0;
  return pngFile({ widthPx: size, heightPx: size, scanlines });
}

/** A directory of LONG tags at `offset`, followed by the offset of the next. */
export function tiffDirectory(tags: readonly (readonly [id: number, value: number])[], next: number): Buffer {
  const bytes = Buffer.alloc(2 + 12 * tags.length + 4);
  bytes.writeUInt16LE(tags.length, 0);
  for (const [i, [id, value]] of tags.entries()) {
    bytes.writeUInt16LE(id, 2 + 12 * i);
    bytes.writeUInt16LE(4, 4 + 12 * i);
    bytes.writeUInt32LE(1, 6 + 12 * i);
    bytes.writeUInt32LE(value, 10 + 12 * i);
  }
  bytes.writeUInt32LE(next, bytes.length - 4);
  return bytes;
}

/** The tags of an 8-bit grey page of one uncompressed strip. */
export function greyTags(
  widthPx: number,
  heightPx: number,
  stripOffset: number,
): readonly (readonly [number, number])[] {
  return [
    [256, widthPx],
    [257, heightPx],
    [258, 8],
    [259, 1],
    [262, 1],
    [273, stripOffset],
    [277, 1],
    [278, heightPx],
    [279, widthPx * heightPx],
  ];
}

export const TIFF_HEADER = Buffer.from("49492a0008000000", "hex");

/** A little-endian TIFF of 8-bit grey pages, each directory before its strip; page `i` is filled with `levels[i]`. */
export function tiffFile(levels: readonly number[], size = 8): Buffer {
  const parts: Buffer[] = [TIFF_HEADER];
  const directoryBytes = tiffDirectory(greyTags(size, size, 0), 0).length;
  const pageBytes = directoryBytes + size * size;
  for (const [i, level] of levels.entries()) {
    const offset = TIFF_HEADER.length + i * pageBytes;
    const next = i + 1 < levels.length ? offset + pageBytes : 0;
    parts.push(tiffDirectory(greyTags(size, size, offset + directoryBytes), next), Buffer.alloc(size * size, level));
  }
  return Buffer.concat(parts);
}

/** The sha256 of pixels as they lie in memory: row-major, little-endian. */
export function pixelHash(pixels: PixelData): string {
  return createHash("sha256")
    .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
    .digest("hex");
}

/** The reason a promise is rejected with; fails where it is not a FrameRejectedError. */
export async function reasonOf(promise: Promise<unknown>): Promise<RejectionReason> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof FrameRejectedError) return error.reason;
    throw error;
  }
  throw new Error("nothing was rejected");
}

/** A source that counts what is read from it. */
export function countedSource(bytes: Uint8Array): ByteSource & { readonly readBytes: () => number } {
  let total = 0;
  return {
    sizeBytes: bytes.length,
    read: async (offset, length) => {
      const part = bytes.subarray(offset, offset + length);
      total += part.length;
      return part;
    },
    readBytes: () => total,
  };
}
