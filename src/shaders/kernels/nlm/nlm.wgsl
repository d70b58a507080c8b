// Non-local means: a workgroup loads its tile with the search window and patches around it (13 px); a thread computes a
// block of 4 x 4 pixels.
//
// For one offset, a block needs the squared differences of 10 x 10 pixels. Sums over 7 of a row are made from shared partial
// sums, four columns at a time; so are sums over 7 rows. Nothing is slid by subtraction: float frames would carry the rounding
// error of one very bright pixel on. In 8-bit frames all sums are integers below 2^24, exact in float32.
//
// nlm-u8.wgsl and nlm-f32.wgsl say what a sum and a weight are.

const SEARCH = 10;
const HALO = 13u;
const BLOCK = 4u;
override TILE_WIDTH = THREADS_X * BLOCK;
override TILE_HEIGHT = THREADS_Y * BLOCK;
override STRIDE = TILE_WIDTH + 2u * HALO;
override ROWS = TILE_HEIGHT + 2u * HALO;

var<workgroup> tile: array<f32, STRIDE * ROWS>;

// Weighted levels and weights of the four pixels of a row of the block.
struct RowSums {
  estimate: Sum4,
  weights: Sum4,
}

fn tile4(at: u32) -> vec4f {
  return vec4f(tile[at], tile[at + 1u], tile[at + 2u], tile[at + 3u]);
}

// Sums of 7 squared differences along a row, for the four pixels from `p` on; `p` and `q` are three columns left of them.
fn rowSums(p: u32, q: u32) -> vec4f {
  let a = tile4(p) - tile4(q);
  let b = tile4(p + 4u) - tile4(q + 4u);
  let c = vec2f(tile[p + 8u], tile[p + 9u]) - vec2f(tile[q + 8u], tile[q + 9u]);
  let left = a * a;
  let middle = b * b;
  let right = c * c;
  let shared4 = left.w + middle.x + middle.y + middle.z;
  let left2 = left.y + left.z;
  let right2 = middle.w + right.x;
  return shared4 + vec4f(left.x + left2, left2 + middle.w, left.z + right2, right2 + right.y);
}

fn add(sums: RowSums, ssd: vec4f, q: u32) -> RowSums {
  let weight = weightsOf(ssd);
  return RowSums(sums.estimate + weighted(weight, tile4(q)), sums.weights + weight);
}

@compute @workgroup_size(THREADS_X, THREADS_Y)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let left = group.x * TILE_WIDTH;
  let top = group.y * TILE_HEIGHT;
  for (var i = thread; i < STRIDE * ROWS; i += THREADS_X * THREADS_Y) {
    let column = i32(left + i % STRIDE) - i32(HALO);
    let row = i32(top + i / STRIDE) - i32(HALO);
    tile[i] = levelAt(column, row);
  }
  workgroupBarrier();

  let x = left + local.x * BLOCK;
  let y = top + local.y * BLOCK;
  if x >= frame.widthPx || y >= frame.heightPx {
    return;
  }

  // The block's first pixel, and the corner of its patch.
  let centre = (local.y * BLOCK + HALO) * STRIDE + local.x * BLOCK + HALO;
  let p = centre - 3u * STRIDE - 3u;
  var sums0 = RowSums();
  var sums1 = RowSums();
  var sums2 = RowSums();
  var sums3 = RowSums();
  for (var dy = -SEARCH; dy <= SEARCH; dy++) {
    for (var dx = -SEARCH; dx <= SEARCH; dx++) {
      let offset = u32(dy * i32(STRIDE) + dx);
      let q = p + offset;
      let r0 = rowSums(p, q);
      let r1 = rowSums(p + STRIDE, q + STRIDE);
      let r2 = rowSums(p + 2u * STRIDE, q + 2u * STRIDE);
      let r3 = rowSums(p + 3u * STRIDE, q + 3u * STRIDE);
      let r4 = rowSums(p + 4u * STRIDE, q + 4u * STRIDE);
      let r5 = rowSums(p + 5u * STRIDE, q + 5u * STRIDE);
      let r6 = rowSums(p + 6u * STRIDE, q + 6u * STRIDE);
      let r7 = rowSums(p + 7u * STRIDE, q + 7u * STRIDE);
      let r8 = rowSums(p + 8u * STRIDE, q + 8u * STRIDE);
      let r9 = rowSums(p + 9u * STRIDE, q + 9u * STRIDE);
      let shared4 = r3 + r4 + r5 + r6;
      let above2 = r1 + r2;
      let below2 = r7 + r8;
      sums0 = add(sums0, shared4 + above2 + r0, centre + offset);
      sums1 = add(sums1, shared4 + above2 + r7, centre + offset + STRIDE);
      sums2 = add(sums2, shared4 + below2 + r2, centre + offset + 2u * STRIDE);
      sums3 = add(sums3, shared4 + below2 + r9, centre + offset + 3u * STRIDE);
    }
  }

  let to = y * frame.outStridePx + x;
  storeLevels(to, mean(sums0.estimate, sums0.weights));
  if y + 1u < frame.heightPx {
    storeLevels(to + frame.outStridePx, mean(sums1.estimate, sums1.weights));
  }
  if y + 2u < frame.heightPx {
    storeLevels(to + 2u * frame.outStridePx, mean(sums2.estimate, sums2.weights));
  }
  if y + 3u < frame.heightPx {
    storeLevels(to + 3u * frame.outStridePx, mean(sums3.estimate, sums3.weights));
  }
}
