/**
 * Writes a frame as a greyscale PNG of 8 or 16 bits (ISO/IEC 15948), fast: no row filter, no search for repeats.
 *
 * The pixel size is in pHYs, in pixels per metre of the specimen.
 *
 * @module
 */
import { promisify } from "node:util";
import { constants, crc32, deflate } from "node:zlib";
import { type ErrorReport, OstwaldError } from "../../base/errors.js";
import type { Frame } from "../../base/frame.js";
import { serialisePixels } from "./serialise.js";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const GREYSCALE = 0;
const METRE = 1;
const NM_PER_M = 1e9;
/** PNG's integers end at 2^31 - 1: pHYs reaches down to pixels of 0.4657 nm. */
const LARGEST_INTEGER = 0x7fff_ffff;

/** Noise has no repeats to find: run lengths and Huffman codes make it as small, in half the time. */
const COMPRESSION = { level: 1, strategy: constants.Z_RLE } as const;
const compress = promisify<Uint8Array, object, Buffer>(deflate);

/** A frame that a format cannot carry. */
export class EncodingError extends OstwaldError {
  readonly tag = "Encoding";
  readonly format: string;

  constructor(format: string, report: ErrorReport) {
    super(report);
    this.format = format;
  }
}

/** The bytes of a PNG file of the frame. Raises {@link EncodingError} for float frames and pixels below 0.4657 nm. */
export async function encodePng(frame: Frame): Promise<Uint8Array> {
  const { pixels, pixelSizeNm } = frame;
  if (pixels instanceof Float32Array || pixels instanceof Int16Array) {
    throw new EncodingError("png", {
      received: `a frame of ${pixels instanceof Int16Array ? "signed integers" : "32-bit floats"}`,
      expected: "8 or 16-bit unsigned integers, which is all that PNG can hold",
      remedy: "Write TIFF, or simulate at depth 8 or 16.",
    });
  }
  const data = await compress(scanlines(frame, pixels), COMPRESSION);
  const physical = pixelSizeNm === null ? [] : [chunk("pHYs", physicalSize(pixelSizeNm))];
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header(frame, 8 * pixels.BYTES_PER_ELEMENT)),
    ...physical,
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array()),
  ]);
}

function header({ widthPx, heightPx }: Frame, bits: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(13));
  view.setUint32(0, widthPx);
  view.setUint32(4, heightPx);
  view.setUint8(8, bits);
  view.setUint8(9, GREYSCALE);
  return new Uint8Array(view.buffer);
}

function physicalSize(pixelSizeNm: number): Uint8Array {
  const perMetre = Math.round(NM_PER_M / pixelSizeNm);
  if (perMetre > LARGEST_INTEGER) {
    throw new EncodingError("png", {
      received: `pixels of ${pixelSizeNm} nm`,
      expected: `pixels of at least ${(NM_PER_M / LARGEST_INTEGER).toFixed(4)} nm, the finest that pHYs can state`,
      remedy: "Write TIFF.",
    });
  }
  const view = new DataView(new ArrayBuffer(9));
  view.setUint32(0, perMetre);
  view.setUint32(4, perMetre);
  view.setUint8(8, METRE);
  return new Uint8Array(view.buffer);
}

/** The rows, each behind the filter byte 0: a filter would only add the noise of one pixel to that of its neighbour. */
function scanlines({ widthPx, heightPx }: Frame, pixels: Uint8Array | Uint16Array): Uint8Array {
  const bytes = serialisePixels(pixels, "big-endian");
  const rowBytes = widthPx * pixels.BYTES_PER_ELEMENT;
  const lines = new Uint8Array(heightPx * (rowBytes + 1));
  for (let y = 0; y < heightPx; y += 1) {
    lines.set(bytes.subarray(y * rowBytes, (y + 1) * rowBytes), y * (rowBytes + 1) + 1);
  }
  return lines;
}

/** Length, type, data, and the CRC of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
