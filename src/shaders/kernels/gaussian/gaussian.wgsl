// Gaussian blur: a workgroup loads its tile with the kernel's reach around it, blurs the rows, then the columns.
//
// Taps are floats of sum 1. Those of 8-bit frames are multiples of 1/256, so every product and sum is a multiple of
// 2^-16 below 2^8: 24 bits, which float32 holds exactly, in any order.

const REACH = 15u;
const BLOCK = 4u;
override TILE_WIDTH = THREADS_X * BLOCK;
override STRIDE = TILE_WIDTH + 2u * REACH;
override ROWS = THREADS_Y + 2u * REACH;

var<workgroup> tile: array<f32, STRIDE * ROWS>;
var<workgroup> blurredRows: array<f32, TILE_WIDTH * ROWS>;

fn tap(i: u32) -> f32 {
  return bitcast<f32>(coefficients[i]);
}

@compute @workgroup_size(THREADS_X, THREADS_Y)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  selectFrame(group.z);
  let reach = frame.coefficientCount / 2u;
  let threads = THREADS_X * THREADS_Y;
  let left = group.x * TILE_WIDTH;
  let top = group.y * THREADS_Y;

  for (var i = thread; i < STRIDE * ROWS; i += threads) {
    let column = i32(left + i % STRIDE) - i32(REACH);
    let row = i32(top + i / STRIDE) - i32(REACH);
    tile[i] = levelAt(column, row);
  }
  workgroupBarrier();

  for (var i = thread; i < TILE_WIDTH * ROWS; i += threads) {
    let first = (i / TILE_WIDTH) * STRIDE + i % TILE_WIDTH + REACH - reach;
    var sum = 0.0;
    for (var k = 0u; k < frame.coefficientCount; k++) {
      sum += tap(k) * tile[first + k];
    }
    blurredRows[i] = sum;
  }
  workgroupBarrier();

  let x = left + local.x * BLOCK;
  let y = top + local.y;
  if x >= frame.widthPx || y >= frame.heightPx {
    return;
  }
  let first = (local.y + REACH - reach) * TILE_WIDTH + local.x * BLOCK;
  var sums = vec4f();
  for (var k = 0u; k < frame.coefficientCount; k++) {
    let at = first + k * TILE_WIDTH;
    sums += tap(k) * vec4f(blurredRows[at], blurredRows[at + 1u], blurredRows[at + 2u], blurredRows[at + 3u]);
  }
  storeLevels(y * frame.outStridePx + x, sums);
}
