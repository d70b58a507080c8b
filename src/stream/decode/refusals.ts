/**
 * The refusals that every image format shares, and the checks of a header against the limits.
 *
 * @module
 */
import { FrameRejectedError } from "../base/frame.js";
import { LIMITS } from "../base/limits.js";

/** Most bytes that the samples of one page may fill, colours and padding included: 4 a pixel at the largest frame. */
export const SAMPLE_BYTES_LIMIT = 4 * LIMITS.framePixels;

export function incomplete(received: string): FrameRejectedError {
  return new FrameRejectedError("incomplete", {
    received,
    expected: "all bytes that its headers promise",
    remedy: "Write the file to its end, best under a temporary name, and rename it.",
  });
}

export function corrupt(received: string, expected: string, cause?: unknown): FrameRejectedError {
  return new FrameRejectedError("corrupt", { received, expected, remedy: "Write the file again.", cause });
}

export function unsupported(received: string, expected: string): FrameRejectedError {
  return new FrameRejectedError("unsupported", {
    received,
    expected,
    remedy: "Save the frames as 8 or 16 bit grey PNG or as uncompressed grey TIFF.",
  });
}

export function tooLarge(received: string, expected: string): FrameRejectedError {
  return new FrameRejectedError("too-large", {
    received,
    expected,
    remedy: "Crop or bin the frames before they are written.",
  });
}

/** A page was asked for that the file does not have. */
export function noSuchPage(page: number, pages: number): FrameRejectedError {
  return corrupt(`a file of ${pages} ${pages === 1 ? "page" : "pages"}`, `one that has page ${page + 1}`);
}

/** Raises `corrupt` or `too-large` for dimensions, px, that no frame can have. */
export function checkDimensions(widthPx: number, heightPx: number): void {
  if (!Number.isInteger(widthPx) || !Number.isInteger(heightPx) || widthPx < 1 || heightPx < 1) {
    throw corrupt(`an image of ${widthPx} x ${heightPx} px`, "at least 1 x 1 px");
  }
  const edge = LIMITS.frameEdgePx;
  if (widthPx > edge || heightPx > edge || widthPx * heightPx > LIMITS.framePixels) {
    throw tooLarge(
      `an image of ${widthPx} x ${heightPx} px`,
      `edges of at most ${edge} px and at most ${LIMITS.framePixels} px in all`,
    );
  }
}

/** Raises `too-large` for samples of more bytes than {@link SAMPLE_BYTES_LIMIT}. */
export function checkSampleBytes(bytes: number): void {
  if (bytes > SAMPLE_BYTES_LIMIT) {
    throw tooLarge(`an image whose samples fill ${bytes} bytes`, `at most ${SAMPLE_BYTES_LIMIT} bytes`);
  }
}

/** Most bytes that one byte of deflate gives: a 258-byte match in 2 bits. zlib's own documentation states 1032 : 1. */
const DEFLATE_RATIO = 1032;
/** A TIFF LZW code of 12 bits gives a string of at most 4094 - 257 bytes. */
const LZW_RATIO = 2560;
/** A block of 64 pixels takes two bits and more of a baseline JPEG, and less of a progressive one. */
const JPEG_RATIO = 2048;
/** Two bytes of PackBits give 128. */
const PACK_BITS_RATIO = 64;

export const EXPANSION_LIMIT = {
  none: 1,
  deflate: DEFLATE_RATIO,
  lzw: LZW_RATIO,
  "pack-bits": PACK_BITS_RATIO,
  jpeg: JPEG_RATIO,
} as const;
export type Compression = keyof typeof EXPANSION_LIMIT;

/** Raises `corrupt` where `encodedBytes` cannot give `decodedBytes`, so that a short file never makes a large allocation. */
export function checkExpansion(compression: Compression, encodedBytes: number, decodedBytes: number): void {
  if (decodedBytes > encodedBytes * EXPANSION_LIMIT[compression]) {
    throw corrupt(
      `${encodedBytes} bytes of image data`,
      `enough for ${decodedBytes} bytes of samples (${compression} gives at most ${EXPANSION_LIMIT[compression]} : 1)`,
    );
  }
}
