// Gaussian blur, one direction after the other: rows are blurred into a ring of 32, columns are blurred from it.
//
// 8 bit: taps are integers of sum 256, so a blurred row fits into 16 bits exactly and a pixel into 32; it is rounded once.

import { COEFFICIENTS, ROW_BYTES, ROWS, TILE_WIDTH } from "./layout";
import { copyLine, reflect101 } from "./tile";

/** Rows of the ring: the kernel's 31 rows around any output row lie in different slots. */
const RING_ROWS: i32 = 32;
/** One row with its reflected border, then the addresses of the rows under the taps, then the ring. */
const LINE: usize = ROWS;
const ADDRESSES: usize = ROWS + ROW_BYTES;
const RING: usize = ROWS + 2 * ROW_BYTES;

// @ts-ignore: decorator
@inline
function ringRow(y: i32): usize {
  return RING + <usize>(y & (RING_ROWS - 1)) * ROW_BYTES;
}

/** Blurs the line into a row of u16, stored less 32768 so that signed multiplication can take it. */
function blurLineU8(to: usize, taps: i32, width: i32): void {
  for (let x = 0; x < width; x += 8) {
    let sum = i16x8.splat(-32768);
    for (let i = 0; i < taps; i++) {
      const tap = i16x8.splat(<i16>load<u16>(COEFFICIENTS + (i << 1)));
      sum = i16x8.add(sum, i16x8.mul(v128.load_ext<u8>(LINE + x + i), tap));
    }
    v128.store(to + (x << 1), sum);
  }
}

/** Two rows at a time: (row, next) times (tap, next tap), added in pairs. The tap behind the last one is 0. */
function blurColumnsU8(to: usize, taps: i32, x: i32): void {
  // Gives back the 32768 * 256 taken off the rows, and rounds.
  let low = i32x4.splat(32768 * 256 + 32768);
  let high = low;
  for (let i = 0; i < taps; i += 2) {
    const pair = i32x4.splat(load<i32>(COEFFICIENTS + (i << 1)));
    const row = v128.load(load<usize>(ADDRESSES + (i << 2)) + (x << 1));
    const next = v128.load(load<usize>(ADDRESSES + ((i + 1) << 2)) + (x << 1));
    low = i32x4.add(low, i32x4.dot_i16x8_s(v128.shuffle<i16>(row, next, 0, 8, 1, 9, 2, 10, 3, 11), pair));
    high = i32x4.add(high, i32x4.dot_i16x8_s(v128.shuffle<i16>(row, next, 4, 12, 5, 13, 6, 14, 7, 15), pair));
  }
  const levels = i16x8.narrow_i32x4_u(i32x4.shr_u(low, 16), i32x4.shr_u(high, 16));
  v128.store64_lane(to + x, i8x16.narrow_i16x8_u(levels, levels), 0);
}

/** The line as {@link blurLineU8}, for 5 taps, which are the same from both ends. */
function blurLine5U8(to: usize, width: i32): void {
  const outer = i16x8.splat(<i16>load<u16>(COEFFICIENTS));
  const inner = i16x8.splat(<i16>load<u16>(COEFFICIENTS, 2));
  const middle = i16x8.splat(<i16>load<u16>(COEFFICIENTS, 4));
  for (let x = 0; x < width; x += 8) {
    const at = LINE + x;
    const ends = i16x8.add(v128.load_ext<u8>(at), v128.load_ext<u8>(at, 4));
    const between = i16x8.add(v128.load_ext<u8>(at, 1), v128.load_ext<u8>(at, 3));
    const sides = i16x8.add(i16x8.mul(ends, outer), i16x8.mul(between, inner));
    const sum = i16x8.add(sides, i16x8.mul(v128.load_ext<u8>(at, 2), middle));
    v128.store(to + (x << 1), i16x8.add(sum, i16x8.splat(-32768)));
  }
}

// @ts-ignore: decorator
@inline
function dotPairs(low: bool, a: v128, b: v128, taps: v128): v128 {
  if (low) return i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), taps);
  return i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), taps);
}

/** The rows as {@link blurColumnsU8}, for 5 taps and a whole line. */
function blurColumns5U8(to: usize, width: i32): void {
  const taps01 = i32x4.splat(load<i32>(COEFFICIENTS));
  const taps23 = i32x4.splat(load<i32>(COEFFICIENTS, 4));
  const tap4 = i32x4.splat(load<i32>(COEFFICIENTS, 8));
  const rounding = i32x4.splat(32768 * 256 + 32768);
  const row0 = load<usize>(ADDRESSES);
  const row1 = load<usize>(ADDRESSES, 4);
  const row2 = load<usize>(ADDRESSES, 8);
  const row3 = load<usize>(ADDRESSES, 12);
  const row4 = load<usize>(ADDRESSES, 16);
  for (let x = 0; x < width; x += 8) {
    const at: usize = x << 1;
    const r0 = v128.load(row0 + at);
    const r1 = v128.load(row1 + at);
    const r2 = v128.load(row2 + at);
    const r3 = v128.load(row3 + at);
    const r4 = v128.load(row4 + at);
    const low01 = i32x4.add(rounding, dotPairs(true, r0, r1, taps01));
    const low = i32x4.add(low01, i32x4.add(dotPairs(true, r2, r3, taps23), dotPairs(true, r4, r4, tap4)));
    const high01 = i32x4.add(rounding, dotPairs(false, r0, r1, taps01));
    const high = i32x4.add(high01, i32x4.add(dotPairs(false, r2, r3, taps23), dotPairs(false, r4, r4, tap4)));
    const levels = i16x8.narrow_i32x4_u(i32x4.shr_u(low, 16), i32x4.shr_u(high, 16));
    v128.store64_lane(to + x, i8x16.narrow_i16x8_u(levels, levels), 0);
  }
}

function blurLineF32(to: usize, taps: i32, width: i32): void {
  for (let x = 0; x < width << 2; x += 16) {
    let sum = f32x4.splat(0);
    for (let i = 0; i < taps << 2; i += 4) {
      const tap = v128.load_splat<f32>(COEFFICIENTS + i);
      sum = f32x4.add(sum, f32x4.mul(v128.load(LINE + x + i), tap));
    }
    v128.store(to + x, sum);
  }
}

function blurColumnsF32(to: usize, taps: i32, x: i32): void {
  let sum = f32x4.splat(0);
  for (let i = 0; i < taps << 2; i += 4) {
    const tap = v128.load_splat<f32>(COEFFICIENTS + i);
    sum = f32x4.add(sum, f32x4.mul(v128.load(load<usize>(ADDRESSES + i) + (x << 2)), tap));
  }
  v128.store(to + (x << 2), sum);
}

/** Blurs row `y` of the source, columns `left .. left + tileWidth`, into the ring. */
// @ts-ignore: decorator
@inline
function fillRing<T>(source: usize, y: i32, width: i32, left: i32, tileWidth: i32, taps: i32): void {
  copyLine<T>(source + y * width * sizeof<T>(), width, left - (taps >> 1), tileWidth + taps - 1, LINE);
  if (sizeof<T>() == 1 && taps == 5) blurLine5U8(ringRow(y), tileWidth);
  else if (sizeof<T>() == 1) blurLineU8(ringRow(y), taps, tileWidth);
  else blurLineF32(ringRow(y), taps, tileWidth);
}

// @ts-ignore: decorator
@inline
function blurTile<T>(source: usize, target: usize, width: i32, height: i32, left: i32, taps: i32): void {
  const tileWidth = min(TILE_WIDTH, width - left);
  const reach = taps >> 1;
  let filled = 0;
  for (let y = 0; y < height; y++) {
    while (filled <= min(y + reach, height - 1)) fillRing<T>(source, filled++, width, left, tileWidth, taps);
    for (let i = 0; i <= taps; i++) {
      // The address behind the last tap is read with tap 0.
      store<usize>(ADDRESSES + (i << 2), ringRow(reflect101(y + min(i, taps - 1) - reach, height)));
    }
    // Whole vectors, in the line buffer; the frame's row has no room behind it.
    if (sizeof<T>() == 1 && taps == 5) blurColumns5U8(LINE, tileWidth);
    else if (sizeof<T>() == 1) for (let x = 0; x < tileWidth; x += 8) blurColumnsU8(LINE, taps, x);
    else for (let x = 0; x < tileWidth; x += 4) blurColumnsF32(LINE, taps, x);
    memory.copy(target + (y * width + left) * sizeof<T>(), LINE, tileWidth * sizeof<T>());
  }
}

/** Filters a frame of bytes. COEFFICIENTS holds `taps` (odd, 1..31) integers u16 of sum 256 and a 0 behind them. */
export function gaussianU8(source: usize, target: usize, width: i32, height: i32, taps: i32): void {
  for (let left = 0; left < width; left += TILE_WIDTH) blurTile<u8>(source, target, width, height, left, taps);
}

/** Filters a frame of floats. COEFFICIENTS holds `taps` (odd, 1..31) floats of sum 1. */
export function gaussianF32(source: usize, target: usize, width: i32, height: i32, taps: i32): void {
  for (let left = 0; left < width; left += TILE_WIDTH) blurTile<f32>(source, target, width, height, left, taps);
}
