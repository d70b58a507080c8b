/**
 * LZ4 blocks, decompressed into memory whose size is known before.
 *
 * After "LZ4 Block Format Description" (Yann Collet, lz4/doc/lz4_Block_format.md).
 *
 * @module
 */
import { corrupt } from "./refusals.js";

/** Shortest match; the length in a token counts from it. */
const MIN_MATCH_BYTES = 4;
/** Largest length that a token itself holds; further bytes follow. */
const TOKEN_LENGTH = 15;
/** Copies up to here are faster byte by byte than by a call. */
const SHORT_COPY_BYTES = 24;

/** Fills `target` with a whole block. Raises FrameRejectedError `corrupt` where the block gives more or less, or reaches back too far. */
export function decompressLz4Block(block: Uint8Array, target: Uint8Array): void {
  let at = 0;
  let out = 0;
  while (at < block.length) {
    const token = block[at++] ?? 0;
    let literals = token >> 4;
    if (literals === TOKEN_LENGTH) {
      let more = 255;
      while (more === 255) {
        more = block[at++] ?? -1;
        literals += more;
      }
    }
    // Where the block ends within a length, `at` is beyond its end.
    if (at + literals > block.length || out + literals > target.length) throw broken(block, target);
    copyLiterals(block, at, target, out, literals);
    at += literals;
    out += literals;
    // The last sequence of a block is literals only.
    if (at === block.length) break;
    const distance = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8);
    at += 2;
    let match = token & 15;
    if (match === TOKEN_LENGTH) {
      let more = 255;
      while (more === 255) {
        more = block[at++] ?? -1;
        match += more;
      }
    }
    match += MIN_MATCH_BYTES;
    if (at > block.length || distance === 0 || distance > out || out + match > target.length)
      throw broken(block, target);
    copyMatch(target, out, distance, match);
    out += match;
  }
  if (out !== target.length) throw broken(block, target);
}

// Four plain numbers and their arrays: an options object a copy would cost more than the copy.
function copyLiterals(from: Uint8Array, at: number, to: Uint8Array, out: number, length: number): void {
  if (length > SHORT_COPY_BYTES) to.set(from.subarray(at, at + length), out);
  else for (let i = 0; i < length; i++) to[out + i] = from[at + i] ?? 0;
}

/** A match may reach into what it writes: then it repeats its first `distance` bytes. */
function copyMatch(target: Uint8Array, out: number, distance: number, length: number): void {
  const from = out - distance;
  if (length <= SHORT_COPY_BYTES) for (let i = 0; i < length; i++) target[out + i] = target[from + i] ?? 0;
  else if (distance === 1) target.fill(target[from] ?? 0, out, out + length);
  else for (let done = 0; done < length; ) done += copyRun(target, from, out + done, length - done);
}

/** Copies as much as there is between `from` and `out`, which doubles each time, and gives how much that was. */
function copyRun(target: Uint8Array, from: number, out: number, length: number): number {
  const run = Math.min(length, out - from);
  target.copyWithin(out, from, from + run);
  return run;
}

function broken(block: Uint8Array, target: Uint8Array): Error {
  return corrupt(`an LZ4 block of ${block.length} bytes that is broken`, `one that gives ${target.length} bytes`);
}
