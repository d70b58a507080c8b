// Where everything lies in linear memory. The scratch space is fixed, whatever the frame's size: frames are filtered in tiles.
// The compiler is told to leave the first MiB alone (`--memoryBase`); the host puts its frames behind it.

/** Pixels of a tile. Accumulators and columns of 512 x 64 stay in the L2 cache, a row of them in L1. */
export const TILE_WIDTH: i32 = 512;
export const TILE_HEIGHT: i32 = 64;

/** Space on each side of a tile's rows: 13 px halo, 10 px of search beyond it, and whole vectors. */
export const MARGIN: i32 = 32;
/** Elements from one row of a tile to the next. */
export const STRIDE: i32 = TILE_WIDTH + 2 * MARGIN;
/** Rows above and below a tile that patches and search windows reach. */
export const HALO: i32 = 13;

/** Coefficients that the host writes before a call: the table of weights (u16, at most 65,536 bytes) or the taps. */
export const COEFFICIENTS: usize = 0;
/** The tile with its halo, u8 or f32. */
export const TILE: usize = 65536;
const ACCUMULATOR_BYTES: usize = STRIDE * TILE_HEIGHT * 4;
const TILE_BYTES: usize = STRIDE * (TILE_HEIGHT + 2 * HALO) * 4;
/** Accumulators of the tile without halo, 4 bytes an element: sums of weight * level, and of weights. */
export const ESTIMATE: usize = TILE + TILE_BYTES;
export const WEIGHTS: usize = ESTIMATE + ACCUMULATOR_BYTES;
/** Some rows of 4 bytes an element, for whatever a kernel keeps a row of. */
export const ROWS: usize = WEIGHTS + ACCUMULATOR_BYTES;
export const ROW_BYTES: usize = STRIDE * 4;
export const ROW_COUNT: i32 = 36;

/** First free byte behind all of the above. The host places source and destination from here on. */
export const SCRATCH_BYTES: usize = 1048576;
