/**
 * Plain samples as instruments write them -> the pixels of a frame.
 *
 * @module
 */
import type { PixelData } from "../base/frame.js";
import { checkWithin, readInto, readOwn } from "./byte-source.js";
import type { ByteSource } from "./format.js";
import type { Samples } from "./grey.js";
import { checkSampleBytes } from "./refusals.js";

/** Bytes a sample, by kind: unsigned, signed, float. `bool` is a byte, 0 or 1. */
export const SAMPLE_BYTES = {
  bool: 1,
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  f16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  u64: 8,
  i64: 8,
  f64: 8,
} as const;
export type SampleKind = keyof typeof SAMPLE_BYTES;

/** Samples that lie one after the other in a file. */
export interface SampleRun {
  readonly kind: SampleKind;
  readonly littleEndian: boolean;
  readonly offset: number;
  readonly count: number;
}

/** Bytes of a run. */
export function runBytes({ kind, count }: Pick<SampleRun, "kind" | "count">): number {
  return SAMPLE_BYTES[kind] * count;
}

/** Samples that are read at a time where they are converted: memory that is new costs more than reading into it. */
const STEP_SAMPLES = 262_144;

/** Reads a run as pixels. Raises FrameRejectedError `incomplete`, `too-large`. */
export async function readSamples(source: ByteSource, run: SampleRun): Promise<PixelData> {
  const { kind, littleEndian, offset, count } = run;
  const length = runBytes(run);
  checkSampleBytes(length);
  if (STAYING.includes(kind)) {
    const bytes = await readOwn(source, offset, length, "the end of its image data");
    return pixelsFromBytes(bytes, kind, littleEndian);
  }
  // Before anything of the frame's size is allocated.
  checkWithin(source, offset + length, "the end of its image data");
  const pixels = new Float32Array(count);
  const scratch = new Uint8Array(Math.min(count, STEP_SAMPLES) * SAMPLE_BYTES[kind]);
  for (let at = 0; at < count; at += STEP_SAMPLES) {
    const bytes = scratch.subarray(0, Math.min(STEP_SAMPLES, count - at) * SAMPLE_BYTES[kind]);
    await readInto(source, offset + at * SAMPLE_BYTES[kind], bytes, "the end of its image data");
    if (!littleEndian) swapBytes(bytes, SAMPLE_BYTES[kind]);
    pixels.set(numbersFrom(bytes, kind), at);
  }
  return pixels;
}

/** Kinds that are pixels as they are. */
const STAYING: readonly SampleKind[] = ["bool", "u8", "u16", "i16", "f32"];

/**
 * The bytes of whole samples as pixels: 8 bit unsigned and 16 bit stay, all others become float32 (integers beyond 2^24 are rounded). `bytes`
 * begin a buffer of their own, which is changed and kept.
 */
export function pixelsFromBytes(bytes: Uint8Array<ArrayBuffer>, kind: SampleKind, littleEndian: boolean): PixelData {
  if (!littleEndian) swapBytes(bytes, SAMPLE_BYTES[kind]);
  const numbers = numbersFrom(bytes, kind);
  return isPixelData(numbers) ? numbers : new Float32Array(numbers);
}

/** Whether samples are pixels as they are. */
export function isPixelData(numbers: Samples): numbers is PixelData {
  return [Uint8Array, Uint16Array, Int16Array, Float32Array].some((kind) => numbers instanceof kind);
}

/** The bytes of little-endian samples as numbers: where there is an array of their kind, without a copy. */
function numbersFrom({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>, kind: SampleKind): Samples {
  const count = length / SAMPLE_BYTES[kind];
  switch (kind) {
    case "u8":
    case "bool":
      return new Uint8Array(buffer, byteOffset, count);
    case "u16":
      return new Uint16Array(buffer, byteOffset, count);
    case "f32":
      return new Float32Array(buffer, byteOffset, count);
    case "i8":
      return new Int8Array(buffer, byteOffset, count);
    case "i16":
      return new Int16Array(buffer, byteOffset, count);
    case "u32":
      return new Uint32Array(buffer, byteOffset, count);
    case "i32":
      return new Int32Array(buffer, byteOffset, count);
    case "f64":
      return new Float64Array(buffer, byteOffset, count);
    case "f16":
      return floatsFromHalves(new Uint16Array(buffer, byteOffset, count));
    case "u64":
      return floatsFromLongs(new Uint32Array(buffer, byteOffset, 2 * count), false);
    case "i64":
      return floatsFromLongs(new Uint32Array(buffer, byteOffset, 2 * count), true);
  }
}

/** Swaps samples in place between big-endian and the order of every machine Node runs on here. */
export function swapBytes(bytes: Uint8Array<ArrayBuffer>, sampleBytes: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (sampleBytes === 2) buffer.swap16();
  else if (sampleBytes === 4) buffer.swap32();
  else if (sampleBytes === 8) buffer.swap64();
}

let halves: Float32Array | undefined;

/** IEEE 754 half precision, by a table of all 65,536 of them: a quarter of a megabyte, made when the first is met. */
export function floatsFromHalves(values: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => floatFromHalf(bits));
  const floats = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) floats[i] = halves[values[i] ?? 0] ?? 0;
  return floats;
}

function floatFromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** 64 bit integers given as pairs of words, the low one first. BigInt would cost an object a pixel. */
export function floatsFromLongs(words: Uint32Array, isSigned: boolean): Float32Array {
  const floats = new Float32Array(words.length / 2);
  for (let i = 0; i < floats.length; i++) {
    const high = words[2 * i + 1] ?? 0;
    floats[i] = (isSigned ? high | 0 : high) * 2 ** 32 + (words[2 * i] ?? 0);
  }
  return floats;
}

/** Turns an image upside down in place: the last row first. */
export function flipRows(pixels: PixelData, widthPx: number): void {
  const row = pixels.slice(0, widthPx);
  for (let top = 0, bottom = pixels.length - widthPx; top < bottom; top += widthPx, bottom -= widthPx) {
    row.set(pixels.subarray(top, top + widthPx));
    pixels.copyWithin(top, bottom, bottom + widthPx);
    pixels.set(row, bottom);
  }
}
