/**
 * Writes a frame as a TIFF (TIFF 6.0): little-endian, one uncompressed strip of 8 or 16 bit integers or 32 bit floats.
 *
 * The pixel size is in XResolution and YResolution, in pixels per centimetre of the specimen.
 *
 * @module
 */
import type { Frame, PixelData } from "../../base/frame.js";
import { serialisePixels } from "./serialise.js";

const NM_PER_CM = 1e7;
const LARGEST_LONG = 0xffff_ffff;

const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
const RATIONAL_BYTES = 8;

const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;

const TAG = {
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  resolutionUnit: 296,
  sampleFormat: 339,
} as const;

const UNCOMPRESSED = 1;
const BLACK_IS_ZERO = 1;
const CENTIMETRE = 3;
const SAMPLE_FORMAT = { integer: 1, signed: 2, float: 3 } as const;

type Entry = readonly [tag: number, type: number, value: number];

/** The bytes of a TIFF file of the frame. */
export function encodeTiff(frame: Frame): Uint8Array {
  const { pixels, pixelSizeNm } = frame;
  const entryCount = pixelSizeNm === null ? 10 : 13;
  const rationalAt = HEADER_BYTES + 2 + entryCount * ENTRY_BYTES + 4;
  const stripAt = rationalAt + (pixelSizeNm === null ? 0 : RATIONAL_BYTES);
  const bytes = new Uint8Array(stripAt + pixels.byteLength);
  const view = new DataView(bytes.buffer);
  // "II", 42, and the directory right behind.
  view.setUint32(0, 0x002a_4949, true);
  view.setUint32(4, HEADER_BYTES, true);
  writeDirectory(view, entriesOf(frame, stripAt, rationalAt));
  if (pixelSizeNm !== null) writeRational(view, rationalAt, NM_PER_CM / pixelSizeNm);
  bytes.set(serialisePixels(pixels, "little-endian"), stripAt);
  return bytes;
}

/** The directory's entries, by ascending tag as the standard asks. Both resolutions share one rational. */
function entriesOf(frame: Frame, stripAt: number, rationalAt: number): readonly Entry[] {
  const { widthPx, heightPx, pixels, pixelSizeNm } = frame;
  const resolution: readonly Entry[] =
    pixelSizeNm === null
      ? []
      : [
          [TAG.xResolution, RATIONAL, rationalAt],
          [TAG.yResolution, RATIONAL, rationalAt],
          [TAG.resolutionUnit, SHORT, CENTIMETRE],
        ];
  return [
    [TAG.imageWidth, LONG, widthPx],
    [TAG.imageLength, LONG, heightPx],
    [TAG.bitsPerSample, SHORT, 8 * pixels.BYTES_PER_ELEMENT],
    [TAG.compression, SHORT, UNCOMPRESSED],
    [TAG.photometric, SHORT, BLACK_IS_ZERO],
    [TAG.stripOffsets, LONG, stripAt],
    [TAG.samplesPerPixel, SHORT, 1],
    [TAG.rowsPerStrip, LONG, heightPx],
    [TAG.stripByteCounts, LONG, pixels.byteLength],
    ...resolution,
    [TAG.sampleFormat, SHORT, sampleFormatOf(pixels)],
  ];
}

function sampleFormatOf(pixels: PixelData): number {
  if (pixels instanceof Float32Array) return SAMPLE_FORMAT.float;
  return pixels instanceof Int16Array ? SAMPLE_FORMAT.signed : SAMPLE_FORMAT.integer;
}

function writeDirectory(view: DataView, entries: readonly Entry[]): void {
  view.setUint16(HEADER_BYTES, entries.length, true);
  entries.forEach(([tag, type, value], i) => {
    const at = HEADER_BYTES + 2 + i * ENTRY_BYTES;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, 1, true);
    // A SHORT lies in the first two bytes of the field, which little-endian gives by itself.
    view.setUint32(at + 8, value, true);
  });
}

/** A positive number as the finest fraction of two 32-bit integers with the largest possible terms. */
function writeRational(view: DataView, at: number, value: number): void {
  const denominator = Math.min(LARGEST_LONG, Math.max(1, Math.floor(LARGEST_LONG / Math.max(1, value))));
  view.setUint32(at, Math.min(LARGEST_LONG, Math.round(value * denominator)), true);
  view.setUint32(at + 4, denominator, true);
}
