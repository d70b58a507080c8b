// Non-local means on 8-bit frames, in integers: the bits of OpenCV's fastNlMeansDenoising(src, h, 7, 21).
//
// A weight belongs to two pixels: that of p for its neighbour q = p + offset is that of q for p. So half of the offsets
// suffice, each one adding to p and to q. Offsets are taken by fours (dx .. dx + 3): one multiply-add instruction does two of their
// products, and sums are loaded and stored once for all. For each offset, sums of squared differences over 7 rows are kept a column and slid down the tile.

import { COEFFICIENTS, ESTIMATE, HALO, MARGIN, ROW_BYTES, ROWS, STRIDE, TILE, TILE_HEIGHT, TILE_WIDTH, WEIGHTS } from "./layout";
import { copyTile } from "./tile";

const SEARCH: i32 = 10;
const PATCH: i32 = 3;

/** Offsets (dx .. dx + 3, dy) that are taken together. */
const TOGETHER: i32 = 4;

/** Rows of column sums and of weights, one for each of the offsets that are taken together. */
const COLUMNS_ROWS: usize = ROWS;
const WEIGHT_ROWS: usize = ROWS + 4 * ROW_BYTES;

/** Address of a pixel of the tile; columns and rows count from the tile's first output. */
// @ts-ignore: decorator
@inline
function pixel(x: i32, y: i32): usize {
  return TILE + (y + HALO) * STRIDE + x + MARGIN;
}

/** Differences of 8 pixels as i16. */
// @ts-ignore: decorator
@inline
function difference(p: usize, q: usize): v128 {
  return i16x8.sub(v128.load_ext<u8>(p), v128.load_ext<u8>(q));
}

// @ts-ignore: decorator
@inline
function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** Column sums of the 6 rows around row `y` that come before its last one. */
function startColumns(columns: usize, offset: i32, y: i32, end: i32): void {
  memory.fill(columns, 0, ROW_BYTES);
  for (let r = y - PATCH; r < y + PATCH; r++) {
    for (let x = -SEARCH - PATCH; x < end; x += 8) {
      const p = pixel(x, r);
      const d = difference(p, p + offset);
      const sums = columns + ((x + MARGIN) << 2);
      v128.store(sums, i32x4.add(v128.load(sums), i32x4.extmul_low_i16x8_s(d, d)));
      v128.store(sums, i32x4.add(v128.load(sums, 16), i32x4.extmul_high_i16x8_s(d, d)), 16);
    }
  }
}

/** The entries at four byte offsets of 16 bits. */
// @ts-ignore: decorator
@inline
function fourWeights(offsets: i64): i64 {
  const low = <u32>offsets;
  const high = <u32>(offsets >>> 32);
  const a = <u32>load<u16>(COEFFICIENTS + <usize>(low & 0xffff));
  const b = <u32>load<u16>(COEFFICIENTS + <usize>(low >> 16));
  const c = <u32>load<u16>(COEFFICIENTS + <usize>(high & 0xffff));
  const d = <u32>load<u16>(COEFFICIENTS + <usize>(high >> 16));
  return <i64>(<u64>(a | (b << 16)) | (<u64>(c | (d << 16)) << 32));
}

/** Weight table entries of 8 sums of squared differences: none where all lie beyond the table. */
// @ts-ignore: decorator
@inline
function lookUp(low: v128, high: v128, last: v128): v128 {
  // Twice the index is the byte offset of a 16-bit entry.
  const offsets = v128.and(
    i16x8.narrow_i32x4_u(i32x4.shr_u(low, 5), i32x4.shr_u(high, 5)),
    i16x8.splat(-2),
  );
  const at = i16x8.min_u(offsets, last);
  if (!v128.any_true(v128.xor(at, last))) return i16x8.splat(0);
  // Half of them by the scalar units, half by the vector ones: neither alone keeps up.
  let weights = i64x2.splat(fourWeights(i64x2.extract_lane(at, 0)));
  weights = v128.load_lane<u16>(i16x8.extract_lane_u(at, 4), weights, 4, COEFFICIENTS);
  weights = v128.load_lane<u16>(i16x8.extract_lane_u(at, 5), weights, 5, COEFFICIENTS);
  weights = v128.load_lane<u16>(i16x8.extract_lane_u(at, 6), weights, 6, COEFFICIENTS);
  weights = v128.load_lane<u16>(i16x8.extract_lane_u(at, 7), weights, 7, COEFFICIENTS);
  return weights;
}

/**
 * Slides the column sums to row `y` and writes the weights of that row, columns -10 up to `end`.
 *
 * @param leaving address step from the entering row to the one that leaves; 0 where none does yet
 */
function weighRow(columns: usize, weights: usize, offset: i32, y: i32, end: i32, leaving: i32, last: v128): void {
  const entering = pixel(0, y + PATCH);
  // Sums of columns x + 1 .. x + 4 and of the pairs from column x - 3 on; the first turn only fills them.
  let c1 = i32x4.splat(0);
  let pair0 = i32x4.splat(0);
  for (let x = -SEARCH - PATCH - 5; x < end; x += 8) {
    const p = entering + x + 5;
    const sums = columns + ((x + 5 + MARGIN) << 2);
    const enter = difference(p, p + offset);
    // a^2 - b^2 as the dot product of (a, b) and (a, -b).
    const leave = leaving ? difference(p - leaving, p - leaving + offset) : i16x8.splat(0);
    const negative = i16x8.neg(leave);
    const c2 = i32x4.add(v128.load(sums), i32x4.dot_i16x8_s(interleaveLow(enter, leave), interleaveLow(enter, negative)));
    const c3 = i32x4.add(v128.load(sums, 16), i32x4.dot_i16x8_s(interleaveHigh(enter, leave), interleaveHigh(enter, negative)));
    v128.store(sums, c2);
    v128.store(sums, c3, 16);
    // Sums over 7 columns from sums over 2.
    const pair1 = i32x4.add(c1, v128.shuffle<i32>(c1, c2, 1, 2, 3, 4));
    const pair2 = i32x4.add(c2, v128.shuffle<i32>(c2, c3, 1, 2, 3, 4));
    const low = i32x4.add(
      i32x4.add(pair0, v128.shuffle<i32>(pair0, pair1, 2, 3, 4, 5)),
      i32x4.add(pair1, v128.shuffle<i32>(c1, c2, 2, 3, 4, 5)),
    );
    const high = i32x4.add(
      i32x4.add(pair1, v128.shuffle<i32>(pair1, pair2, 2, 3, 4, 5)),
      i32x4.add(pair2, v128.shuffle<i32>(c2, c3, 2, 3, 4, 5)),
    );
    v128.store(weights + ((x + MARGIN) << 1), lookUp(low, high, last));
    c1 = c3;
    pair0 = pair2;
  }
}

/**
 * Adds the contributions of four offsets to a row of accumulators: weights from `w` on, one row after the other, of the levels at `p`
 * and its neighbours. `step` is 1, or -1 for the mirrored pairs, whose weights lie a column further left in each row.
 */
// @ts-ignore: decorator
@inline
function accumulate(at: usize, w: usize, p: usize, step: i32, width: i32): void {
  const ones = i16x8.splat(1);
  const row = ROW_BYTES + (step - 1);
  for (let x = 0; x < width; x += 8) {
    const wa = v128.load(w + (x << 1));
    const wb = v128.load(w + row + (x << 1));
    const wc = v128.load(w + 2 * row + (x << 1));
    const wd = v128.load(w + 3 * row + (x << 1));
    if (!v128.any_true(v128.or(v128.or(wa, wb), v128.or(wc, wd)))) continue;
    const pa = v128.load_ext<u8>(p + x);
    const pb = v128.load_ext<u8>(p + step + x);
    const pc = v128.load_ext<u8>(p + 2 * step + x);
    const pd = v128.load_ext<u8>(p + 3 * step + x);
    const low0 = interleaveLow(wa, wb);
    const high0 = interleaveHigh(wa, wb);
    const low1 = interleaveLow(wc, wd);
    const high1 = interleaveHigh(wc, wd);
    const estimate = ESTIMATE + at + (x << 2);
    const weights = WEIGHTS + at + (x << 2);
    const low = i32x4.add(
      i32x4.dot_i16x8_s(low0, interleaveLow(pa, pb)),
      i32x4.dot_i16x8_s(low1, interleaveLow(pc, pd)),
    );
    const high = i32x4.add(
      i32x4.dot_i16x8_s(high0, interleaveHigh(pa, pb)),
      i32x4.dot_i16x8_s(high1, interleaveHigh(pc, pd)),
    );
    v128.store(estimate, i32x4.add(v128.load(estimate), low));
    v128.store(estimate, i32x4.add(v128.load(estimate, 16), high), 16);
    const lowSum = i32x4.add(i32x4.dot_i16x8_s(low0, ones), i32x4.dot_i16x8_s(low1, ones));
    const highSum = i32x4.add(i32x4.dot_i16x8_s(high0, ones), i32x4.dot_i16x8_s(high1, ones));
    v128.store(weights, i32x4.add(v128.load(weights), lowSum));
    v128.store(weights, i32x4.add(v128.load(weights, 16), highSum), 16);
  }
}

/** Offsets (dx, dy) up to (dx + count - 1, dy) of all pixels of the tile, 1 to {@link TOGETHER} of them. */
function addOffsets(dx: i32, dy: i32, count: i32, width: i32, height: i32, last: v128): void {
  const end = width + SEARCH;
  const offset = dy * STRIDE + dx;
  for (let i = 0; i < count; i++) startColumns(COLUMNS_ROWS + <usize>i * ROW_BYTES, offset + i, -dy, end + PATCH);
  for (let i = count; i < TOGETHER; i++) memory.fill(WEIGHT_ROWS + <usize>i * ROW_BYTES, 0, ROW_BYTES);
  for (let y = -dy; y < height; y++) {
    const leaving = y == -dy ? 0 : (2 * PATCH + 1) * STRIDE;
    for (let i = 0; i < count; i++) {
      weighRow(COLUMNS_ROWS + <usize>i * ROW_BYTES, WEIGHT_ROWS + <usize>i * ROW_BYTES, offset + i, y, end, leaving, last);
    }
    const weights = WEIGHT_ROWS + (MARGIN << 1);
    const p = pixel(0, y);
    if (y >= 0) accumulate((y * STRIDE) << 2, weights, p + offset, 1, width);
    // The mirrored pairs: column x of row y + dy takes the weights of columns x - dx, x - dx - 1 and so on.
    if (y + dy < height) accumulate(((y + dy) * STRIDE) << 2, weights - (dx << 1), p - dx, -1, width);
  }
}

/** Every pixel's own contribution, of the largest weight. */
function startAccumulators(width: i32, height: i32): void {
  const largest = <i32>load<u16>(COEFFICIENTS);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * STRIDE + x) << 2;
      store<i32>(ESTIMATE + at, largest * <i32>load<u8>(pixel(x, y)));
      store<i32>(WEIGHTS + at, largest);
    }
  }
}

function storeRow(to: usize, y: i32, width: i32): void {
  for (let x = 0; x < width; x++) {
    const at = (y * STRIDE + x) << 2;
    const weights = load<u32>(WEIGHTS + at);
    store<u8>(to + x, <u8>((load<u32>(ESTIMATE + at) + (weights >> 1)) / weights));
  }
}

/**
 * Filters the rows `firstRow` up to `endRow` of a frame of `width` x `height` bytes from `source` into `target`.
 *
 * The table of weights lies at COEFFICIENTS; `lastWeight` is the index of its last entry, which is 0.
 */
export function nlmU8(
  source: usize, target: usize, width: i32, height: i32, lastWeight: i32, firstRow: i32, endRow: i32,
): void {
  const last = i16x8.splat(<i16>(lastWeight << 1));
  for (let top = firstRow; top < endRow; top += TILE_HEIGHT) {
    for (let left = 0; left < width; left += TILE_WIDTH) {
      const tileWidth = min(TILE_WIDTH, width - left);
      const tileHeight = min(TILE_HEIGHT, endRow - top);
      copyTile<u8>(source, width, height, left, top, tileWidth, tileHeight);
      startAccumulators(tileWidth, tileHeight);
      for (let dx = 1; dx <= SEARCH; dx += TOGETHER) {
        addOffsets(dx, 0, min(TOGETHER, SEARCH + 1 - dx), tileWidth, tileHeight, last);
      }
      for (let dy = 1; dy <= SEARCH; dy++) {
        for (let dx = -SEARCH; dx <= SEARCH; dx += TOGETHER) {
          addOffsets(dx, dy, min(TOGETHER, SEARCH + 1 - dx), tileWidth, tileHeight, last);
        }
      }
      for (let y = 0; y < tileHeight; y++) storeRow(target + (top + y) * width + left, y, tileWidth);
    }
  }
}
