/**
 * JPEG: 8-bit baseline and progressive, grey or colour that is grey.
 *
 * After ITU-T T.81 (markers: table B.1). JPEG has no way to state the size of a pixel on a specimen.
 *
 * @module
 */
import { decode as decodeJpegJs } from "jpeg-js";
import type { Frame, FrameRejectedError } from "../base/frame.js";
import { LIMITS } from "../base/limits.js";
import { readAll, readExactly, viewOf } from "./byte-source.js";
import {
  type ByteSource,
  type CompleteImage,
  type ImageFormat,
  inspectionOf,
  matchMagic,
  type OpenImage,
} from "./format.js";
import {
  checkDimensions,
  checkSampleBytes,
  corrupt,
  incomplete,
  noSuchPage,
  SAMPLE_BYTES_LIMIT,
  tooLarge,
  unsupported,
} from "./refusals.js";

const MARKER = { start: 0xd8, end: 0xd9, scan: 0xda } as const;
/** Start-of-frame markers that jpeg-js decodes: baseline, extended sequential, progressive. */
const DECODABLE_FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2];
/** Start-of-frame markers there are; c4, c8 and cc mean something else. */
const FRAME_MARKERS: readonly number[] = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
/** Bytes of compressed data looked through at a time. */
const SCAN_STEP_BYTES = 65_536;
/** More segments than any writer makes. */
const SEGMENTS_LIMIT = 100_000;
/** Levels by which the channels of a grey pixel may differ: the chroma of a lossy file rounds. */
const CHROMA_TOLERANCE = 6;
/** Working memory that jpeg-js may use, MB: about 10 bytes a sample for coefficients, rows and output. */
const WORKING_MB = 1_024;

interface JpegSegment {
  readonly marker: number;
  readonly offset: number;
}

export const jpeg: ImageFormat = {
  name: "JPEG (8 bit; baseline, progressive)",
  matches: (head) => matchMagic(head, Uint8Array.of(0xff, MARKER.start, 0xff)),
  inspect: (source) => inspectionOf(() => inspectJpeg(source)),
  open: openJpeg,
};

/** A JPEG is complete when its markers lead to EOI, which comes last. */
async function inspectJpeg(source: ByteSource): Promise<CompleteImage> {
  await checkJpeg(source);
  return { state: "complete", pages: 1, doubt: null };
}

/** Raises FrameRejectedError where the markers do not lead to the end, or the frame header promises too much. */
export async function checkJpeg(source: ByteSource): Promise<void> {
  let frames = 0;
  let scans = 0;
  for await (const { marker, offset } of segmentsOf(source)) {
    if (marker === MARKER.scan) scans += 1;
    if (!FRAME_MARKERS.includes(marker)) continue;
    frames += 1;
    checkFrame(marker, viewOf(await readExactly(source, offset, 10, "the end of its frame header")));
  }
  if (frames !== 1 || scans === 0)
    throw corrupt(`a JPEG of ${frames} frame headers and ${scans} scans`, "one frame, scanned");
}

/** `header` begins with the segment's length: then bits a sample, height, width, components (T.81, B.2.2). */
function checkFrame(marker: number, header: DataView): void {
  const [bits, heightPx, widthPx, components] = [
    header.getUint8(2),
    header.getUint16(3),
    header.getUint16(5),
    header.getUint8(7),
  ];
  if (!DECODABLE_FRAMES.includes(marker) || bits !== 8 || (components !== 1 && components !== 3)) {
    throw unsupported(
      `a JPEG of ${bits} bits, ${components} components, frame type ${marker.toString(16)}`,
      "8 bits, 1 or 3 components, baseline or progressive",
    );
  }
  checkDimensions(widthPx, heightPx);
  checkSampleBytes(widthPx * heightPx * components);
}

/** The segments from SOI to EOI, by the offset after their marker. Raises `incomplete` where the file ends before EOI. */
async function* segmentsOf(source: ByteSource): AsyncGenerator<JpegSegment> {
  let offset = 2;
  for (let count = 0; count < SEGMENTS_LIMIT; count++) {
    const [prefix, marker = 0] = await readExactly(source, offset, 2, "its EOI marker");
    if (prefix === 0 && marker === 0) throw incomplete(`zeros at byte ${offset}, where a JPEG marker should be`);
    if (prefix !== 0xff) throw corrupt(`no JPEG marker at byte ${offset}`, "a byte of ff");
    offset += marker === 0xff ? 1 : 2;
    if (marker === 0xff || isBare(marker)) continue;
    if (marker === MARKER.end) return;
    yield { marker, offset };
    offset += viewOf(await readExactly(source, offset, 2, "the end of a segment")).getUint16(0);
    if (marker === MARKER.scan) offset = await endOfScan(source, offset);
  }
  throw corrupt(`a JPEG of more than ${SEGMENTS_LIMIT} segments`, "fewer");
}

/** Markers without a length: restart markers and TEM. */
function isBare(marker: number): boolean {
  return (marker >= 0xd0 && marker <= 0xd7) || marker === 0x01;
}

/** Where the compressed data from `offset` end: at the first ff that neither stands for itself (ff 00) nor is a restart marker. */
async function endOfScan(source: ByteSource, offset: number): Promise<number> {
  for (let from = offset; from + 1 < source.sizeBytes; from += SCAN_STEP_BYTES - 1) {
    const bytes = await source.read(from, SCAN_STEP_BYTES);
    for (let at = bytes.indexOf(0xff); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
      const marker = bytes[at + 1] ?? 0;
      if (marker !== 0 && marker !== 0xff && !isBare(marker)) return from + at;
    }
  }
  throw incomplete(`a file of ${source.sizeBytes} bytes that ends within its image data`);
}

async function openJpeg(source: ByteSource): Promise<OpenImage> {
  return {
    decode: async (page) => {
      if (page !== 0) throw noSuchPage(page, 1);
      if (source.sizeBytes > SAMPLE_BYTES_LIMIT) {
        throw tooLarge(`a JPEG file of ${source.sizeBytes} bytes`, `at most ${SAMPLE_BYTES_LIMIT} bytes`);
      }
      await inspectJpeg(source);
      return decodeJpeg(await readAll(source));
    },
  };
}

function decodeJpeg(bytes: Uint8Array): Frame {
  return { ...decodeGreyJpeg(bytes), pixelSizeNm: null, acquiredAtMs: null };
}

/** What a JPEG's pixels are. */
export type JpegPixels = Pick<Frame, "widthPx" | "heightPx"> & { readonly pixels: Uint8Array<ArrayBuffer> };

/**
 * The grey pixels of a whole JPEG that {@link checkJpeg} has passed. `isYcbcr` says what three components are where the
 * JPEG itself does not. Raises FrameRejectedError.
 */
export function decodeGreyJpeg(bytes: Uint8Array, isYcbcr?: boolean): JpegPixels {
  const { width, height, data } = decodeRgb(bytes, isYcbcr);
  return { widthPx: width, heightPx: height, pixels: greyFromRgb(data) };
}

interface Rgb {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

function decodeRgb(bytes: Uint8Array, isYcbcr: boolean | undefined): Rgb {
  try {
    return decodeJpegJs(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      ...(isYcbcr === undefined ? {} : { colorTransform: isYcbcr }),
      // What this tolerates is blocks past the end, which restart intervals that do not divide the image have.
      tolerantDecoding: true,
      maxResolutionInMP: LIMITS.framePixels / 1e6,
      maxMemoryUsageInMB: WORKING_MB,
    });
  } catch (error) {
    // jpeg-js throws plain errors and strings, for broken data and for its own limits alike; dimensions were checked before.
    const text = error instanceof Error ? error.message : String(error);
    if (text.includes("limit exceeded"))
      throw tooLarge(`a JPEG that takes more than ${WORKING_MB} MB to decode`, "less");
    throw corrupt(`JPEG data that do not decode (${text})`, "a whole JPEG image", error);
  }
}

/** The mean of nearly equal channels, rounded. */
function greyFromRgb(rgb: Uint8Array): Uint8Array<ArrayBuffer> {
  const grey = new Uint8Array(rgb.length / 3);
  for (let i = 0, from = 0; i < grey.length; i++, from += 3) {
    const [red, green, blue] = [rgb[from] ?? 0, rgb[from + 1] ?? 0, rgb[from + 2] ?? 0];
    if (red === green && green === blue) {
      grey[i] = green;
      continue;
    }
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > CHROMA_TOLERANCE)
      throw colourRefusal(red, green, blue);
    grey[i] = Math.round((red + green + blue) / 3);
  }
  return grey;
}

function colourRefusal(red: number, green: number, blue: number): FrameRejectedError {
  return unsupported(
    `a colour JPEG (red ${red}, green ${green}, blue ${blue} in one pixel)`,
    `channels that differ by at most ${CHROMA_TOLERANCE}`,
  );
}
