// Non-local means on float frames: the formula of nlm-u8 in float32, with the exponential in place of its table.
//
// Sums are made anew for every row instead of slid: a slid float sum would carry the rounding error of one very bright
// (dead, saturated) pixel down the whole tile.

import { ESTIMATE, HALO, MARGIN, ROW_BYTES, ROWS, STRIDE, TILE, TILE_HEIGHT, TILE_WIDTH, WEIGHTS } from "./layout";
import { copyTile } from "./tile";

const SEARCH: i32 = 10;
const PATCH: i32 = 3;
const PATCH_ROWS: i32 = 2 * PATCH + 1;
const LEAST_WEIGHT: f32 = 0.001;

/** One row of weights, then a ring of 7 rows of squared differences; row `y` lies in slot `(y + SEARCH + PATCH) % 7`. */
const WEIGHT_ROW: usize = ROWS;
const SQUARES: usize = ROWS + ROW_BYTES;

/** Address of a pixel of the tile; columns and rows count from the tile's first output. */
// @ts-ignore: decorator
@inline
function pixel(x: i32, y: i32): usize {
  return TILE + (((y + HALO) * STRIDE + x + MARGIN) << 2);
}

/** 2^x for x <= 0, to 3e-7: the whole part goes to the exponent bits, the rest (-0.5 .. 0.5) through a polynomial. */
// @ts-ignore: decorator
@inline
function exp2(x: v128): v128 {
  const clamped = f32x4.max(x, f32x4.splat(-126));
  const whole = f32x4.nearest(clamped);
  const rest = f32x4.sub(clamped, whole);
  let y = f32x4.splat(1.3333558e-3);
  y = f32x4.add(f32x4.mul(y, rest), f32x4.splat(9.6181291e-3));
  y = f32x4.add(f32x4.mul(y, rest), f32x4.splat(5.5504109e-2));
  y = f32x4.add(f32x4.mul(y, rest), f32x4.splat(2.4022651e-1));
  y = f32x4.add(f32x4.mul(y, rest), f32x4.splat(6.9314718e-1));
  y = f32x4.add(f32x4.mul(y, rest), f32x4.splat(1));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(whole), i32x4.splat(127)), 23);
  return f32x4.mul(y, scale);
}

/** Writes the squared differences of row `y` into its slot of the ring. */
function squareRow(offset: i32, y: i32, end: i32): void {
  const row = pixel(0, y);
  const squares = SQUARES + <usize>((y + SEARCH + PATCH) % PATCH_ROWS) * ROW_BYTES + (MARGIN << 2);
  for (let x = -SEARCH - PATCH; x < end; x += 4) {
    const p = row + (x << 2);
    const d = f32x4.sub(v128.load(p), v128.load(p + (offset << 2)));
    v128.store(squares + (x << 2), f32x4.mul(d, d));
  }
}

/** Sum of 4 columns over the rows of the ring. */
// @ts-ignore: decorator
@inline
function columnSum(x: i32): v128 {
  const at = SQUARES + ((x + MARGIN) << 2);
  return f32x4.add(
    f32x4.add(
      f32x4.add(v128.load(at), v128.load(at, ROW_BYTES)),
      f32x4.add(v128.load(at, 2 * ROW_BYTES), v128.load(at, 3 * ROW_BYTES)),
    ),
    f32x4.add(f32x4.add(v128.load(at, 4 * ROW_BYTES), v128.load(at, 5 * ROW_BYTES)), v128.load(at, 6 * ROW_BYTES)),
  );
}

/** Writes the weights of the row whose 7 rows are in the ring, columns -10 up to `end`. */
function weighRow(exponent: v128, end: i32): void {
  const c0 = columnSum(-SEARCH - PATCH);
  let c1 = columnSum(-SEARCH - PATCH + 4);
  let pair0 = f32x4.add(c0, v128.shuffle<f32>(c0, c1, 1, 2, 3, 4));
  for (let x = -SEARCH; x < end; x += 4) {
    const c2 = columnSum(x + 5);
    const pair1 = f32x4.add(c1, v128.shuffle<f32>(c1, c2, 1, 2, 3, 4));
    const sum = f32x4.add(
      f32x4.add(pair0, v128.shuffle<f32>(pair0, pair1, 2, 3, 4, 5)),
      f32x4.add(pair1, v128.shuffle<f32>(c1, c2, 2, 3, 4, 5)),
    );
    const weight = exp2(f32x4.mul(sum, exponent));
    const counted = f32x4.ge(weight, f32x4.splat(LEAST_WEIGHT));
    v128.store(WEIGHT_ROW + ((x + MARGIN) << 2), v128.and(weight, counted));
    c1 = c2;
    pair0 = pair1;
  }
}

/** Adds the contributions of one offset to a row of accumulators: `weights` of the levels at `p`. */
function accumulate(at: usize, weights: usize, p: usize, width: i32): void {
  for (let x = 0; x < width << 2; x += 16) {
    const weight = v128.load(weights + x);
    if (!v128.any_true(weight)) continue;
    const estimate = ESTIMATE + at + x;
    const total = WEIGHTS + at + x;
    v128.store(estimate, f32x4.add(v128.load(estimate), f32x4.mul(weight, v128.load(p + x))));
    v128.store(total, f32x4.add(v128.load(total), weight));
  }
}

/** One offset of all pixels of the tile, and its mirror image. */
function addOffset(dx: i32, dy: i32, width: i32, height: i32, exponent: v128): void {
  const end = width + SEARCH;
  const offset = dy * STRIDE + dx;
  for (let y = -dy - PATCH; y < -dy + PATCH; y++) squareRow(offset, y, end + PATCH);
  for (let y = -dy; y < height; y++) {
    squareRow(offset, y + PATCH, end + PATCH);
    weighRow(exponent, end);
    const weights = WEIGHT_ROW + (MARGIN << 2);
    if (y >= 0) accumulate((y * STRIDE) << 2, weights, pixel(dx, y + dy), width);
    // The mirrored pair: column x of row y + dy takes the weight of column x - dx.
    if (y + dy < height) accumulate(((y + dy) * STRIDE) << 2, weights - (dx << 2), pixel(-dx, y), width);
  }
}

/** Every pixel's own contribution, of weight 1. */
function startAccumulators(width: i32, height: i32): void {
  for (let y = 0; y < height; y++) {
    memory.copy(ESTIMATE + ((y * STRIDE) << 2), pixel(0, y), width << 2);
    for (let x = 0; x < width; x++) store<f32>(WEIGHTS + ((y * STRIDE + x) << 2), 1);
  }
}

function storeRow(to: usize, y: i32, width: i32): void {
  for (let x = 0; x < width; x++) {
    const at = (y * STRIDE + x) << 2;
    store<f32>(to + (x << 2), load<f32>(ESTIMATE + at) / load<f32>(WEIGHTS + at));
  }
}

/**
 * Filters the rows `firstRow` up to `endRow` of a frame of `width` x `height` floats from `source` into `target`.
 *
 * The weight of a sum `s` of squared differences is `2^(s * exponent)`.
 */
export function nlmF32(
  source: usize, target: usize, width: i32, height: i32, exponent: f32, firstRow: i32, endRow: i32,
): void {
  const factor = f32x4.splat(exponent);
  for (let top = firstRow; top < endRow; top += TILE_HEIGHT) {
    for (let left = 0; left < width; left += TILE_WIDTH) {
      const tileWidth = min(TILE_WIDTH, width - left);
      const tileHeight = min(TILE_HEIGHT, endRow - top);
      copyTile<f32>(source, width, height, left, top, tileWidth, tileHeight);
      startAccumulators(tileWidth, tileHeight);
      for (let dx = 1; dx <= SEARCH; dx++) addOffset(dx, 0, tileWidth, tileHeight, factor);
      for (let dy = 1; dy <= SEARCH; dy++) {
        for (let dx = -SEARCH; dx <= SEARCH; dx++) addOffset(dx, dy, tileWidth, tileHeight, factor);
      }
      for (let y = 0; y < tileHeight; y++) storeRow(target + (((top + y) * width + left) << 2), y, tileWidth);
    }
  }
}
