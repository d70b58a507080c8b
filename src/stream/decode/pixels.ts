/**
 * Bare samples that came over a socket, with what their sender says of them -> `Frame`.
 *
 * @module
 */
import { type Frame, FrameRejectedError, type PixelData } from "../base/frame.js";
import { pixelSizeNmFrom } from "../base/units.js";
import type { PixelsPayload } from "../source/source.js";
import { decompress } from "./compressed.js";
import { checkDimensions, checkSampleBytes } from "./refusals.js";
import { pixelsFromBytes, runBytes, SAMPLE_BYTES } from "./samples.js";
import { acquiredAt, exposureFrom } from "./stated.js";

/**
 * The frame of a payload. Its samples stay where they are wherever they can: 8 bit unsigned, 16 bit and float of this machine's order are
 * not copied, and are changed in place where their bytes are swapped.
 * Compressed ones are decompressed first.
 *
 * Raises FrameRejectedError `corrupt` where there are more or fewer bytes than width, height and type promise, and `too-large`.
 */
export function frameFromPixels(payload: PixelsPayload): Frame {
  const { widthPx, heightPx, type, byteOrder, compression } = payload;
  checkDimensions(widthPx, heightPx);
  const expectedBytes = runBytes({ kind: type, count: widthPx * heightPx });
  checkSampleBytes(expectedBytes);
  const bytes = compression === undefined ? payload.bytes : decompress(payload.bytes, compression, expectedBytes);
  if (bytes.length !== expectedBytes) {
    throw new FrameRejectedError("corrupt", {
      received: `${bytes.length} bytes of pixels`,
      expected: `${expectedBytes}: ${widthPx} x ${heightPx} px of ${type}`,
      remedy: "State the frame's own width, height and type, and send its pixels without padding.",
    });
  }
  const pixels = pixelsFromBytes(alignedFor(SAMPLE_BYTES[type], bytes), type, byteOrder === "little");
  return {
    widthPx,
    heightPx,
    pixels: withoutNoData(pixels, payload.noData),
    pixelSizeNm: pixelSizeNmFrom(payload.pixelSizeNm),
    acquiredAtMs: acquiredAt(payload.acquiredAtMs),
    exposureMs: exposureFrom(payload.exposureMs),
  };
}

/** Pixels that measured nothing as NaN, which cleaning replaces; the very same where there are none. */
function withoutNoData(pixels: PixelData, noData: number | undefined): PixelData {
  if (noData === undefined) return pixels;
  // A float32 holds the largest of 32 bits rounded.
  const value = pixels instanceof Float32Array ? Math.fround(noData) : noData;
  const first = pixels.indexOf(value);
  if (first < 0) return pixels;
  const measured = pixels instanceof Float32Array ? pixels : new Float32Array(pixels);
  for (let i = first; i < measured.length; i++) if (measured[i] === value) measured[i] = Number.NaN;
  return measured;
}

/** `bytes` where an array of `sampleBytes` each may lie on them, else a copy. */
function alignedFor(sampleBytes: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes;
  const isUsable = buffer instanceof ArrayBuffer && byteOffset % sampleBytes === 0;
  return isUsable ? new Uint8Array(buffer, byteOffset, byteLength) : new Uint8Array(bytes);
}
