// The numbers of the blocks that the noise of a frame is estimated from; kernels/noise/noise.ts says what they are, noise.ref.ts has them plainly.
//
// A block is 8 px wide, as a vector of 16-bit numbers is. Second differences lie within 2,040: eight of them in a lane stay within 16 bits, and
// the sums of their squares within 32. All sums are of integers, and the doubles at the end exact, so that the bits are those of the reference.

const BLOCK: i32 = 8;
const VALUE_BYTES: usize = 5 * 4;

/** Second differences along a row of the frame, of eight pixels from `at` on. */
// @ts-ignore: decorator
@inline
function along(at: usize): v128 {
  const twice = i16x8.shl(v128.load_ext<u8>(at), 1);
  return i16x8.sub(i16x8.add(v128.load_ext<u8>(at - 1), v128.load_ext<u8>(at + 1)), twice);
}

/** Sum of the first or the last four numbers of a vector. */
// @ts-ignore: decorator
@inline
function half(pairs: v128, first: u8): i32 {
  return first == 0
    ? i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)
    : i32x4.extract_lane(pairs, 2) + i32x4.extract_lane(pairs, 3);
}

// @ts-ignore: decorator
@inline
function sumOf(pairs: v128): i32 {
  return half(pairs, 0) + half(pairs, 1);
}

// @ts-ignore: decorator
@inline
function excess(sum: i32, level: f64): f64 {
  const difference = <f64>sum / 16 - level;
  return difference * difference;
}

function writeBlock(first: usize, width: usize, to: usize): void {
  let roughness = i16x8.splat(0);
  let squares = i32x4.splat(0);
  let clipped = i16x8.splat(0);
  let above = i16x8.splat(0);
  let below = i16x8.splat(0);
  let before = along(first - width);
  let here = along(first);
  for (let y = 0; y < BLOCK; y++) {
    const row = first + <usize>y * width;
    const after = along(row + width);
    const second = i16x8.sub(i16x8.add(before, after), i16x8.shl(here, 1));
    roughness = i16x8.add(roughness, i16x8.abs(second));
    squares = i32x4.add(squares, i32x4.dot_i16x8_s(second, second));
    const levels = v128.load_ext<u8>(row);
    if (y < BLOCK / 2) above = i16x8.add(above, levels);
    else below = i16x8.add(below, levels);
    const atAnEnd = v128.or(i16x8.eq(levels, i16x8.splat(0)), i16x8.eq(levels, i16x8.splat(255)));
    clipped = i16x8.sub(clipped, atAnEnd);
    before = here;
    here = after;
  }
  const upper = i32x4.extadd_pairwise_i16x8_s(above);
  const lower = i32x4.extadd_pairwise_i16x8_s(below);
  const level = <f64>(sumOf(upper) + sumOf(lower)) / 64;
  const structure =
    excess(half(upper, 0), level) + excess(half(upper, 1), level) + excess(half(lower, 0), level) + excess(half(lower, 1), level);
  store<f32>(to, <f32>level);
  store<f32>(to, <f32>(<f64>sumOf(i32x4.extadd_pairwise_i16x8_s(roughness)) / 64), 4);
  store<f32>(to, <f32>(<f64>sumOf(squares) / 64), 8);
  store<f32>(to, <f32>(structure / 4), 12);
  store<f32>(to, <f32>sumOf(i32x4.extadd_pairwise_i16x8_s(clipped)), 16);
}

/** Writes five floats for each of `columns * rows` blocks of a frame of bytes; the first begins at pixel (1, 1). 8 bytes behind the frame are read. */
export function noiseU8(
  source: usize, width: i32, columns: i32, rows: i32, stepX: i32, stepY: i32, target: usize,
): void {
  let to = target;
  for (let row = 0; row < rows; row++) {
    const first = source + <usize>(1 + row * stepY) * width + 1;
    for (let column = 0; column < columns; column++) {
      writeBlock(first + <usize>(column * stepX), width, to);
      to += VALUE_BYTES;
    }
  }
}
