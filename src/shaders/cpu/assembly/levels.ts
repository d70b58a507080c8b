// What a threshold asks of every pixel: how often each level occurs, and the runs of each row on either side of a level.
//
// A row is looked at 64 pixels at a time, as a word of bits; where a bit differs from the one before it, a run ends.

import { ROWS } from "./layout";

/** Where the counts of the levels 0..255 are left, u32. */
export const LEVEL_COUNTS: usize = ROWS;

const TABLE_BYTES: usize = 1024;
const LANES: i32 = 64;

// @ts-ignore: decorator
@inline
function count(level: u64, table: usize): void {
  const at = table + (<usize>(level & 255) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Counts the levels of `size` bytes into LEVEL_COUNTS. Four tables: a run of equal pixels does not wait for its own last count. */
export function histogramU8(source: usize, size: i32): void {
  memory.fill(LEVEL_COUNTS, 0, 4 * TABLE_BYTES);
  const whole = size & ~7;
  for (let i = 0; i < whole; i += 8) {
    const levels = load<u64>(source + i);
    count(levels, LEVEL_COUNTS);
    count(levels >> 8, LEVEL_COUNTS + TABLE_BYTES);
    count(levels >> 16, LEVEL_COUNTS + 2 * TABLE_BYTES);
    count(levels >> 24, LEVEL_COUNTS + 3 * TABLE_BYTES);
    count(levels >> 32, LEVEL_COUNTS);
    count(levels >> 40, LEVEL_COUNTS + TABLE_BYTES);
    count(levels >> 48, LEVEL_COUNTS + 2 * TABLE_BYTES);
    count(levels >> 56, LEVEL_COUNTS + 3 * TABLE_BYTES);
  }
  for (let i = whole; i < size; i++) count(<u64>load<u8>(source + i), LEVEL_COUNTS);
  for (let at = LEVEL_COUNTS; at < LEVEL_COUNTS + TABLE_BYTES; at += 16) {
    const low = i32x4.add(v128.load(at), v128.load(at, TABLE_BYTES));
    const high = i32x4.add(v128.load(at, 2 * TABLE_BYTES), v128.load(at, 3 * TABLE_BYTES));
    v128.store(at, i32x4.add(low, high));
  }
}

/** Which of 16 levels are at or above the threshold, a bit each. */
// @ts-ignore: decorator
@inline
function bits16<T>(p: usize, threshold: v128): u64 {
  if (sizeof<T>() == 1) return <u64>i8x16.bitmask(i8x16.ge_u(v128.load(p), threshold));
  const a = i16x8.narrow_i32x4_s(f32x4.ge(v128.load(p), threshold), f32x4.ge(v128.load(p, 16), threshold));
  const b = i16x8.narrow_i32x4_s(f32x4.ge(v128.load(p, 32), threshold), f32x4.ge(v128.load(p, 48), threshold));
  return <u64>i8x16.bitmask(i8x16.narrow_i16x8_s(a, b));
}

/** The same of 64 levels; those beyond the end of a row are whatever lies there. */
// @ts-ignore: decorator
@inline
function bits64<T>(p: usize, threshold: v128): u64 {
  return (
    bits16<T>(p, threshold) |
    (bits16<T>(p + 16 * sizeof<T>(), threshold) << 16) |
    (bits16<T>(p + 32 * sizeof<T>(), threshold) << 32) |
    (bits16<T>(p + 48 * sizeof<T>(), threshold) << 48)
  );
}

/** Where a level differs from the one before it, among the pixels of the row that are left. */
// @ts-ignore: decorator
@inline
function changesOf(bits: u64, before: u64, left: i32): u64 {
  const changes = bits ^ ((bits << 1) | before);
  return left >= LANES ? changes : changes & (((<u64>1) << left) - 1);
}

// @ts-ignore: decorator
@inline
function countRuns<T>(source: usize, width: i32, height: i32, threshold: v128): i32 {
  let runs: u64 = height;
  for (let y = 0; y < height; y++) {
    const row = source + <usize>y * width * sizeof<T>();
    let before = bits16<T>(row, threshold) & 1;
    for (let x = 0; x < width; x += LANES) {
      const bits = bits64<T>(row + x * sizeof<T>(), threshold);
      runs += popcnt(changesOf(bits, before, width - x));
      before = bits >> 63;
    }
  }
  return <i32>runs;
}

/** Writes each run's first column and the one behind its last, its level (0 or 1), and the first run of each row. */
// @ts-ignore: decorator
@inline
function writeRuns<T>(
  source: usize, width: i32, height: i32, threshold: v128, isBright: u32,
  starts: usize, ends: usize, levels: usize, firstOfRow: usize,
): void {
  let run: usize = 0;
  for (let y = 0; y < height; y++) {
    const row = source + <usize>y * width * sizeof<T>();
    let before = bits16<T>(row, threshold) & 1;
    let level = <u32>before ^ isBright ^ 1;
    store<i32>(firstOfRow + (<usize>y << 2), <i32>run);
    store<i32>(starts + (run << 2), 0);
    store<u8>(levels + run, <u8>level);
    for (let x = 0; x < width; x += LANES) {
      const bits = bits64<T>(row + x * sizeof<T>(), threshold);
      for (let changes = changesOf(bits, before, width - x); changes != 0; changes &= changes - 1) {
        const column = x + <i32>ctz(changes);
        store<i32>(ends + (run << 2), column);
        run += 1;
        level ^= 1;
        store<i32>(starts + (run << 2), column);
        store<u8>(levels + run, <u8>level);
      }
      before = bits >> 63;
    }
    store<i32>(ends + (run << 2), width);
    run += 1;
  }
  store<i32>(firstOfRow + (<usize>height << 2), <i32>run);
}

/** How many runs a frame of bytes has at `threshold` (0..255). 64 bytes behind the frame are read. */
export function countRunsU8(source: usize, width: i32, height: i32, threshold: i32): i32 {
  return countRuns<u8>(source, width, height, i8x16.splat(<i8>threshold));
}

/** The same of a frame of floats, at any threshold; 256 bytes behind it are read. */
export function countRunsF32(source: usize, width: i32, height: i32, threshold: f32): i32 {
  return countRuns<f32>(source, width, height, f32x4.splat(threshold));
}

/** Writes the runs of a frame of bytes; with `isBright` (0 or 1) level 1 is at or above the threshold, else below it. */
export function runsU8(
  source: usize, width: i32, height: i32, threshold: i32, isBright: u32,
  starts: usize, ends: usize, levels: usize, firstOfRow: usize,
): void {
  writeRuns<u8>(source, width, height, i8x16.splat(<i8>threshold), isBright, starts, ends, levels, firstOfRow);
}

/** The same of a frame of floats. */
export function runsF32(
  source: usize, width: i32, height: i32, threshold: f32, isBright: u32,
  starts: usize, ends: usize, levels: usize, firstOfRow: usize,
): void {
  writeRuns<f32>(source, width, height, f32x4.splat(threshold), isBright, starts, ends, levels, firstOfRow);
}
