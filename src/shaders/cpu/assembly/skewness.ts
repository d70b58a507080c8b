// The skewness of a frame between two scales: shrunk by a whole factor, less its coarse structure, in the order of operations of
// segment/polarity.ts and segment/plane.ts, so that both give the same bits.
//
// Planes are float32 with rows of whole vectors and room for three rows more, because four rows are blurred at a time.

import { ROWS } from "./layout";

/** Sums of the columns of one row of blocks, u16; and shares of one axis, f64. */
const COLUMNS: usize = ROWS;
const SHARES: usize = ROWS;

// @ts-ignore: decorator
@inline
function strideOf(width: i32): i32 {
  return (width + 3) & ~3;
}

/** Adds the rows of a block up, 16 columns at a time; whatever lies behind the frame goes into columns that nobody reads. */
function sumColumnsU8(row: usize, width: i32, blockY: i32): void {
  for (let x = 0; x < width; x += 16) {
    let low = i16x8.splat(0);
    let high = i16x8.splat(0);
    for (let y = 0; y < blockY; y++) {
      const levels = v128.load(row + <usize>y * width + x);
      low = i16x8.add(low, i16x8.extend_low_i8x16_u(levels));
      high = i16x8.add(high, i16x8.extend_high_i8x16_u(levels));
    }
    v128.store(COLUMNS + (<usize>x << 1), low);
    v128.store(COLUMNS + (<usize>x << 1), high, 16);
  }
}

/** Means over blocks of bytes; sums of integers are exact in any order. */
function shrinkU8(source: usize, width: i32, height: i32, factor: i32, plane: usize): void {
  const blockX = min(factor, width);
  const blockY = min(factor, height);
  const columns = width / blockX;
  const share = 1 / <f64>(blockX * blockY);
  for (let row = 0; row < height / blockY; row++) {
    sumColumnsU8(source + <usize>(row * blockY) * width, width, blockY);
    const to = plane + (<usize>(row * strideOf(columns)) << 2);
    let at = COLUMNS;
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (const end = at + (<usize>blockX << 1); at < end; at += 2) sum += <i32>load<u16>(at);
      store<f32>(to + (<usize>column << 2), <f32>(<f64>sum * share));
    }
  }
}

/** `1 / n` for the pixels of a mean filter that lie inside, at each position along an edge. */
function writeShares(length: i32, radius: i32): void {
  for (let i = 0; i < length; i++) {
    const count = min(length - 1, i + radius) - max(0, i - radius) + 1;
    store<f64>(SHARES + (<usize>i << 3), 1 / <f64>count);
  }
}

/** Two floats, of two rows, as doubles. */
// @ts-ignore: decorator
@inline
function pairAt(at: usize, rowBytes: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load_lane<f32>(at + rowBytes, v128.load_zero<f32>(at), 1));
}

// @ts-ignore: decorator
@inline
function storePair(at: usize, rowBytes: usize, pair: v128): void {
  const floats = f32x4.demote_f64x2_zero(pair);
  v128.store_lane<f32>(at, floats, 0);
  v128.store_lane<f32>(at + rowBytes, floats, 1);
}

/** Mean filter along rows, four rows at a time. */
function blurRows(from: usize, to: usize, width: i32, height: i32, radius: i32): void {
  const rowBytes = <usize>strideOf(width) << 2;
  writeShares(width, radius);
  for (let y = 0; y < height; y += 4) {
    const first = from + <usize>y * rowBytes;
    const third = first + 2 * rowBytes;
    const out = to + <usize>y * rowBytes;
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    for (let x = 0; x < min(radius, width); x++) {
      a = f64x2.add(a, pairAt(first + (<usize>x << 2), rowBytes));
      b = f64x2.add(b, pairAt(third + (<usize>x << 2), rowBytes));
    }
    for (let x = 0; x < width; x++) {
      if (x + radius < width) {
        const at = <usize>(x + radius) << 2;
        a = f64x2.add(a, pairAt(first + at, rowBytes));
        b = f64x2.add(b, pairAt(third + at, rowBytes));
      }
      if (x > radius) {
        const at = <usize>(x - radius - 1) << 2;
        a = f64x2.sub(a, pairAt(first + at, rowBytes));
        b = f64x2.sub(b, pairAt(third + at, rowBytes));
      }
      const share = v128.load_splat<f64>(SHARES + (<usize>x << 3));
      const at = out + (<usize>x << 2);
      storePair(at, rowBytes, f64x2.mul(a, share));
      storePair(at + 2 * rowBytes, rowBytes, f64x2.mul(b, share));
    }
  }
}

// @ts-ignore: decorator
@inline
function upper(floats: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(floats, floats, 2, 3, 2, 3));
}

/** Mean filter along columns, four columns at a time. */
function blurColumns(from: usize, to: usize, width: i32, height: i32, radius: i32): void {
  const rowBytes = <usize>strideOf(width) << 2;
  writeShares(height, radius);
  for (let x: usize = 0; x < rowBytes; x += 16) {
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    for (let y = 0; y < min(radius, height); y++) {
      const entering = v128.load(from + <usize>y * rowBytes + x);
      a = f64x2.add(a, f64x2.promote_low_f32x4(entering));
      b = f64x2.add(b, upper(entering));
    }
    for (let y = 0; y < height; y++) {
      if (y + radius < height) {
        const entering = v128.load(from + <usize>(y + radius) * rowBytes + x);
        a = f64x2.add(a, f64x2.promote_low_f32x4(entering));
        b = f64x2.add(b, upper(entering));
      }
      if (y > radius) {
        const leaving = v128.load(from + <usize>(y - radius - 1) * rowBytes + x);
        a = f64x2.sub(a, f64x2.promote_low_f32x4(leaving));
        b = f64x2.sub(b, upper(leaving));
      }
      const share = v128.load_splat<f64>(SHARES + (<usize>y << 3));
      const low = f32x4.demote_f64x2_zero(f64x2.mul(a, share));
      const high = f32x4.demote_f64x2_zero(f64x2.mul(b, share));
      v128.store(to + <usize>y * rowBytes + x, v128.shuffle<i32>(low, high, 0, 1, 4, 5));
    }
  }
}

/** Three mean filters each way; the result lies in `to`, which may not be `from`. */
function blur(from: usize, to: usize, between: usize, width: i32, height: i32, radius: i32): void {
  blurRows(from, between, width, height, radius);
  blurColumns(between, to, width, height, radius);
  for (let pass = 1; pass < 3; pass++) {
    blurRows(to, between, width, height, radius);
    blurColumns(between, to, width, height, radius);
  }
}

/** Skewness of `fine - coarse`, 0 where that is flat. The difference is left in `fine`. */
function skewnessOfDifference(fine: usize, coarse: usize, width: i32, height: i32): f64 {
  const rowBytes = <usize>strideOf(width) << 2;
  const end = <usize>width << 2;
  const size = <f64>(width * height);
  let sum: f64 = 0;
  for (let y = 0; y < height; y++) {
    const row = fine + <usize>y * rowBytes;
    const other = coarse + <usize>y * rowBytes;
    for (let x: usize = 0; x < end; x += 4) {
      const value = <f32>(<f64>load<f32>(row + x) - <f64>load<f32>(other + x));
      store<f32>(row + x, value);
      sum += <f64>value;
    }
  }
  const mean = sum / size;
  let squares: f64 = 0;
  for (let y = 0; y < height; y++) {
    const row = fine + <usize>y * rowBytes;
    for (let x: usize = 0; x < end; x += 4) {
      const excess = <f64>load<f32>(row + x) - mean;
      squares += excess * excess;
    }
  }
  const deviation = Math.sqrt(squares / size);
  if (deviation < 1e-3) return 0;
  let cubes: f64 = 0;
  for (let y = 0; y < height; y++) {
    const row = fine + <usize>y * rowBytes;
    for (let x: usize = 0; x < end; x += 4) {
      const excess = (<f64>load<f32>(row + x) - mean) / deviation;
      cubes += excess * excess * excess;
    }
  }
  return cubes / size;
}

/** Bytes of a plane of a frame shrunk by `factor`. */
export function shrunkPlaneBytes(width: i32, height: i32, factor: i32): i32 {
  return (strideOf(width / min(factor, width)) * (height / min(factor, height) + 3)) << 2;
}

/**
 * Skewness of what lies between two blurs of a frame of bytes, shrunk by `factor` (1..8). `planes` is room for four planes; 16 bytes
 * behind the frame are read.
 */
export function bandSkewnessU8(
  source: usize, width: i32, height: i32, factor: i32, fineRadius: i32, coarseRadius: i32, planes: usize,
): f64 {
  const bytes = <usize>shrunkPlaneBytes(width, height, factor);
  const fine = planes + bytes;
  const coarse = fine + bytes;
  const between = coarse + bytes;
  const columns = width / min(factor, width);
  const rows = height / min(factor, height);
  shrinkU8(source, width, height, factor, planes);
  blur(planes, fine, between, columns, rows, fineRadius);
  blur(planes, coarse, between, columns, rows, coarseRadius);
  return skewnessOfDifference(fine, coarse, columns, rows);
}
