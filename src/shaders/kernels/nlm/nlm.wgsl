// Non-local means: a workgroup loads its tile with the search window and patches around it (13 px); a thread computes a
// block of 4 columns and BLOCK_ROWS rows. nlm-variants.ts writes the constants and `main`, unrolled for the variant.
//
// For one offset, a block needs the squared differences of 10 columns and BLOCK_ROWS + 6 rows. Sums over 7 of a row are made
// from shared partial sums, four columns at a time; so are sums over 7 rows. Nothing is slid by subtraction: float frames would
// carry the rounding error of one very bright pixel on. In 8-bit frames all sums are integers below 2^24, exact in float32.
//
// A row of the tile holds its columns in four planes, by column modulo 4. Neighbouring threads, which are 4 columns apart, so
// read neighbouring words, whatever the offset: no two threads of a warp meet in a bank of workgroup memory. The addresses of
// all ten columns are those of the first four, and constants.
//
// nlm-u8.wgsl and nlm-f32.wgsl say what a sum and a weight are.

const HALO = 13u;
const OFFSETS = 21u;
// From the first column and row of a tile to those of the patches of its first block.
const PATCH_AT = 10u;

// Bits of float32 levels; after the last offset, sums on their way from one slice of the offsets to the other.
var<workgroup> tile: array<u32, STRIDE * ROWS>;

fn tileLevel(at: u32) -> f32 {
  return bitcast<f32>(tile[at]);
}

fn loadTile(left: u32, top: u32, thread: u32) {
  for (var i = thread; i < TILE_WIDTH * ROWS; i += THREADS_X * THREADS_Y * SLICES) {
    let column = i % TILE_WIDTH;
    let row = i / TILE_WIDTH;
    let level = levelAt(i32(left + column) - i32(HALO), i32(top + row) - i32(HALO));
    tile[row * STRIDE + (column & 3u) * PLANE + (column >> 2u)] = bitcast<u32>(level);
  }
}

// Where a thread finds the four columns from `column` on, counted from its own first, in the row that begins at `rowAt`.
fn columnsAt(rowAt: u32, column: u32) -> vec4u {
  let columns = column + vec4u(0u, 1u, 2u, 3u);
  return rowAt + (columns & vec4u(3u)) * PLANE + (columns >> vec4u(2u));
}

// Sums of 7 squared differences along a row, for four pixels; `p` and `q` are three columns left of them.
fn rowSums(p: vec4u, q: vec4u) -> vec4f {
  let a = vec4f(tileLevel(p.x), tileLevel(p.y), tileLevel(p.z), tileLevel(p.w))
    - vec4f(tileLevel(q.x), tileLevel(q.y), tileLevel(q.z), tileLevel(q.w));
  let b = vec4f(tileLevel(p.x + 1u), tileLevel(p.y + 1u), tileLevel(p.z + 1u), tileLevel(p.w + 1u))
    - vec4f(tileLevel(q.x + 1u), tileLevel(q.y + 1u), tileLevel(q.z + 1u), tileLevel(q.w + 1u));
  let c = vec2f(tileLevel(p.x + 2u), tileLevel(p.y + 2u)) - vec2f(tileLevel(q.x + 2u), tileLevel(q.y + 2u));
  let left = a * a;
  let middle = b * b;
  let right = c * c;
  let shared4 = left.w + middle.x + middle.y + middle.z;
  let left2 = left.y + left.z;
  let right2 = middle.w + right.x;
  return shared4 + vec4f(left.x + left2, left2 + middle.w, left.z + right2, right2 + right.y);
}

// The levels of the four pixels that lie three columns right of `q`.
fn levelsRightOf(q: vec4u) -> vec4f {
  return vec4f(tileLevel(q.w), tileLevel(q.x + 1u), tileLevel(q.y + 1u), tileLevel(q.z + 1u));
}

fn keep(at: u32, sum: Sum4) {
  let bits = bitsOf(sum);
  tile[at] = bits.x;
  tile[at + THREADS_X * THREADS_Y] = bits.y;
  tile[at + 2u * THREADS_X * THREADS_Y] = bits.z;
  tile[at + 3u * THREADS_X * THREADS_Y] = bits.w;
}

fn kept(at: u32) -> Sum4 {
  return fromBits(vec4u(
    tile[at],
    tile[at + THREADS_X * THREADS_Y],
    tile[at + 2u * THREADS_X * THREADS_Y],
    tile[at + 3u * THREADS_X * THREADS_Y],
  ));
}
