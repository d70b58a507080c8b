/**
 * The compressions and predictors of TIFF (sections 9, 13, 14 of TIFF 6.0; Adobe's technical note 3 for floating point).
 *
 * @module
 */
import { promisify } from "node:util";
import { inflate } from "node:zlib";
import type { Samples } from "./grey.js";
import { type Compression, checkExpansion, corrupt } from "./refusals.js";

const inflateAsync = promisify(inflate);

/**
 * The first `neededBytes` of a decoded chunk that holds at most `wholeBytes` (writers may fill up the last strip).
 *
 * Raises FrameRejectedError `corrupt` where it holds fewer.
 */
export async function decompress(
  encoded: Uint8Array,
  compression: Exclude<Compression, "jpeg">,
  size: { readonly neededBytes: number; readonly wholeBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  checkExpansion(compression, encoded.length, size.neededBytes);
  const decoded = await decoders[compression](encoded, size.neededBytes, size.wholeBytes);
  if (decoded.length < size.neededBytes) {
    throw corrupt(`a TIFF strip or tile of ${decoded.length} bytes`, `${size.neededBytes} bytes`);
  }
  return decoded.subarray(0, size.neededBytes);
}

type Decoder = (
  encoded: Uint8Array,
  neededBytes: number,
  wholeBytes: number,
) => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;

const decoders: Readonly<Record<Exclude<Compression, "jpeg">, Decoder>> = {
  // Not slice(), which copies a Uint8Array but not a Buffer: what is decoded is changed in place.
  none: (encoded) => new Uint8Array(encoded),
  deflate: inflateChunk,
  lzw: decodeLzw,
  "pack-bits": decodePackBits,
};

async function inflateChunk(
  encoded: Uint8Array,
  neededBytes: number,
  wholeBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await inflateAsync(encoded, { maxOutputLength: wholeBytes, chunkSize: Math.max(64, neededBytes) });
  } catch (error) {
    throw corrupt("TIFF data that do not inflate", `a zlib stream of at most ${wholeBytes} bytes`, error);
  }
}

function decodePackBits(encoded: Uint8Array, neededBytes: number): Uint8Array<ArrayBuffer> {
  const decoded = new Uint8Array(neededBytes);
  let to = 0;
  for (let from = 0; from < encoded.length && to < neededBytes; ) {
    const code = encoded[from++] ?? 0;
    if (code === 128) continue;
    if (code < 128) {
      const literal = encoded.subarray(from, Math.min(from + code + 1, from + neededBytes - to));
      decoded.set(literal, to);
      to += literal.length;
      from += code + 1;
    } else {
      const end = Math.min(to + 257 - code, neededBytes);
      decoded.fill(encoded[from++] ?? 0, to, end);
      to = end;
    }
  }
  return decoded.subarray(0, to);
}

const LZW_CLEAR = 256;
const LZW_END = 257;
const LZW_FIRST = 258;
const LZW_CODES = 4096;

/**
 * LZW as TIFF has it: codes of 9 to 12 bits, most significant bit first, growing one code early.
 *
 * Each string of the table is its predecessor in the output plus one byte, so that a code is a place in the output and a length:
 * nothing but the output itself is stored.
 */
function decodeLzw(encoded: Uint8Array, neededBytes: number): Uint8Array<ArrayBuffer> {
  const decoded = new Uint8Array(neededBytes);
  const starts = new Uint32Array(LZW_CODES);
  const lengths = new Uint16Array(LZW_CODES);
  let [to, next, width] = [0, LZW_FIRST, 9];
  let [bits, bitCount] = [0, 0];
  // Where the string of the code before lies; length 0 after a clear.
  let [lastStart, lastLength] = [0, 0];
  for (let from = 0; to < neededBytes; ) {
    while (bitCount < width && from < encoded.length) {
      bits = ((bits << 8) | (encoded[from++] ?? 0)) & 0xffffff;
      bitCount += 8;
    }
    if (bitCount < width) break;
    const code = (bits >>> (bitCount - width)) & ((1 << width) - 1);
    bitCount -= width;
    if (code === LZW_END) break;
    if (code === LZW_CLEAR) {
      [next, width, lastLength] = [LZW_FIRST, 9, 0];
      continue;
    }
    if (lastLength > 0 && next < LZW_CODES) {
      // The new string is the last one and the byte that follows it in the output, which the string of this code begins with.
      starts[next] = lastStart;
      lengths[next] = lastLength + 1;
      next++;
    }
    if (code >= next || (code > LZW_END && lastLength === 0)) throw corrupt(`LZW code ${code}`, `one below ${next}`);
    const start = to;
    if (code < LZW_CLEAR) decoded[to++] = code;
    else to = copyWithin(decoded, starts[code] ?? 0, to, lengths[code] ?? 0);
    [lastStart, lastLength] = [start, code < LZW_CLEAR ? 1 : (lengths[code] ?? 0)];
    width = next + 1 >= 2048 ? 12 : next + 1 >= 1024 ? 11 : next + 1 >= 512 ? 10 : 9;
  }
  return decoded.subarray(0, to);
}

/** Copies byte by byte, because a string may overlap its own copy; gives the end of what was written. */
function copyWithin(bytes: Uint8Array, from: number, to: number, length: number): number {
  const end = Math.min(to + length, bytes.length);
  for (let source = from, target = to; target < end; source++, target++) bytes[target] = bytes[source] ?? 0;
  return end;
}

/** Undoes horizontal differencing (predictor 2) in place: rows of `rowSamples` samples, `channels` interleaved. */
export function undoDifferences(samples: Samples, rowSamples: number, channels: number): void {
  for (let row = 0; row < samples.length; row += rowSamples) {
    for (let i = row + channels; i < row + rowSamples; i++) {
      // Typed arrays wrap round on assignment, as the specification asks.
      samples[i] = (samples[i] ?? 0) + (samples[i - channels] ?? 0);
    }
  }
}

/**
 * Undoes the floating point predictor (3): rows of byte differences, the most significant bytes of all samples first, whatever the
 * file's byte order. Gives little-endian samples.
 */
export function undoFloatPredictor(
  bytes: Uint8Array,
  rowSamples: number,
  sampleBytes: number,
  channels: number,
): Uint8Array<ArrayBuffer> {
  const rowBytes = rowSamples * sampleBytes;
  undoDifferences(bytes, rowBytes, channels);
  const ordered = new Uint8Array(bytes.length);
  for (let row = 0; row < bytes.length; row += rowBytes) {
    for (let i = 0; i < rowBytes; i++) {
      const plane = sampleBytes - 1 - Math.floor(i / rowSamples);
      ordered[row + (i % rowSamples) * sampleBytes + plane] = bytes[row + i] ?? 0;
    }
  }
  return ordered;
}
