/**
 * Variants of the GPU kernel of non-local means, written from one template: how many pixels a thread computes, how threads lie, and
 * over how many of them the offsets of a pixel are split. Which is fastest depends on the GPU and on how many pixels there are.
 *
 * @module
 */
import type { LevelDepth } from "../kernel.js";

export interface NlmVariant {
  readonly threadsX: number;
  readonly threadsY: number;
  /** Rows of the block of a thread, a multiple of 4; it is 4 columns wide. */
  readonly blockY: number;
  /** Threads that share the offsets of a block: slice `s` takes rows `s, s + slices ..` of the 21 of the search window. */
  readonly slices: number;
}

/** For adapters that nothing was measured on. */
export const PLAIN_VARIANT: NlmVariant = { threadsX: 8, threadsY: 8, blockY: 4, slices: 1 };

const SHAPES: readonly NlmVariant[] = [
  PLAIN_VARIANT,
  { threadsX: 8, threadsY: 4, blockY: 8, slices: 1 },
  { threadsX: 16, threadsY: 4, blockY: 4, slices: 1 },
  { threadsX: 16, threadsY: 2, blockY: 8, slices: 1 },
];

/** More threads for small frames, and for the registers and workgroup memory that one slice would leave idle. */
const SLICED: readonly NlmVariant[] = [
  ...SHAPES.map((shape) => ({ ...shape, slices: 2 })),
  ...SHAPES.map((shape) => ({ ...shape, slices: 3 })),
];

/**
 * All variants for frames of `depth`. Integers give the same bits in any order; float sums are not split, so that they are added up in
 * one order, whichever variant runs.
 */
export function nlmVariants(depth: LevelDepth): readonly NlmVariant[] {
  return depth === "u8" ? [...SHAPES, ...SLICED] : SHAPES;
}

/** What a device must allow for a variant. */
export interface VariantNeeds {
  readonly threads: number;
  readonly workgroupBytes: number;
}

export function variantNeeds(variant: NlmVariant): VariantNeeds {
  const { strideWords, rows } = tileOf(variant);
  return { threads: variant.threadsX * variant.threadsY * variant.slices, workgroupBytes: 4 * strideWords * rows };
}

/** `8x8x4/2`: threads along x and y, rows of a block, slices. */
export function variantName({ threadsX, threadsY, blockY, slices }: NlmVariant): string {
  return `${threadsX}x${threadsY}x${blockY}/${slices}`;
}

/** Search window and patch reach this far around a tile, px. */
const HALO_PX = 13;
/** Banks of workgroup memory, and threads that read at a time, of the GPUs of all makers. */
const BANKS = 32;

interface Tile {
  readonly widthPx: number;
  readonly rows: number;
  /** Words of the columns of one plane in a row. */
  readonly planeWords: number;
  /** From one row to the next. */
  readonly strideWords: number;
}

function tileOf({ threadsX, threadsY, blockY }: NlmVariant): Tile {
  const widthPx = 4 * threadsX + 2 * HALO_PX;
  const planeWords = Math.ceil(widthPx / 4);
  let strideWords = 4 * planeWords;
  // A row of threads reads `threadsX` neighbouring words: the rows of a warp lie side by side in the banks.
  while ((blockY * strideWords) % Math.min(BANKS, 2 * threadsX) !== threadsX % BANKS) strideWords += 1;
  return { widthPx, rows: threadsY * blockY + 2 * HALO_PX, planeWords, strideWords };
}

/** WGSL: what kernels/nlm/nlm.wgsl is written in terms of. */
export function variantConstants(variant: NlmVariant): string {
  const { widthPx, rows, planeWords, strideWords } = tileOf(variant);
  return `
const BLOCK_ROWS = ${variant.blockY}u;
const SLICES = ${variant.slices}u;
const TILE_WIDTH = ${widthPx}u;
const ROWS = ${rows}u;
const PLANE = ${planeWords}u;
const STRIDE = ${strideWords}u;
`;
}

/** WGSL: the entry point. */
export function variantMain(variant: NlmVariant): string {
  const { blockY, slices } = variant;
  const eachRow = (line: (row: number) => string) => Array.from({ length: blockY }, (_, row) => line(row)).join("\n");
  return `
@compute @workgroup_size(THREADS_X, THREADS_Y, SLICES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  selectFrame(group.z);
  let left = group.x * THREADS_X * 4u;
  let top = group.y * THREADS_Y * BLOCK_ROWS;
  loadTile(left, top, thread);
  workgroupBarrier();

  let x = left + local.x * 4u;
  let y = top + local.y * BLOCK_ROWS;
  let isInside = x < frame.widthPx && y < frame.heightPx;
  let blockAt = local.y * BLOCK_ROWS * STRIDE + local.x;
  let p = columnsAt(blockAt + PATCH_AT * STRIDE, PATCH_AT);
${eachRow((row) => `  var estimate${row} = Sum4();\n  var weights${row} = Sum4();`)}
  for (var dy = select(OFFSETS, local.z, isInside); dy < OFFSETS; dy += SLICES) {
    for (var dx = 0u; dx < OFFSETS; dx++) {
      let q = columnsAt(blockAt + dy * STRIDE, dx);
${offsetLines(blockY)}
    }
  }
${slices > 1 ? mergeLines(eachRow) : ""}
  if !isInside || local.z > 0u {
    return;
  }
${eachRow(storeLines)}
}
`;
}

/** For one offset: sums along the rows, sums over 7 of them, and what the rows of the block take from it. */
function offsetLines(blockY: number): string {
  const lines: string[] = [];
  for (let row = 0; row < blockY + 6; row += 1) {
    lines.push(`let r${row} = rowSums(p + ${row}u * STRIDE, q + ${row}u * STRIDE);`);
    // Rows 0 to 9 complete the first four of the block, and every four rows more another four.
    if (row >= 9 && (row - 9) % 4 === 0) lines.push(...fourRows(row - 9));
  }
  return lines.map((line) => `      ${line}`).join("\n");
}

function fourRows(first: number): readonly string[] {
  const r = (row: number) => `r${first + row}`;
  return [
    `let shared${first} = ${r(3)} + ${r(4)} + ${r(5)} + ${r(6)};`,
    `let above${first} = shared${first} + (${r(1)} + ${r(2)});`,
    `let below${first} = shared${first} + (${r(7)} + ${r(8)});`,
    ...rowLines(first, `above${first} + ${r(0)}`),
    ...rowLines(first + 1, `above${first} + ${r(7)}`),
    ...rowLines(first + 2, `below${first} + ${r(2)}`),
    ...rowLines(first + 3, `below${first} + ${r(9)}`),
  ];
}

function rowLines(row: number, ssd: string): readonly string[] {
  return [
    `let w${row} = weightsOf(${ssd});`,
    `weights${row} += w${row};`,
    `estimate${row} += weighted(w${row}, levelsRightOf(q + ${row + 3}u * STRIDE));`,
  ];
}

/** The sums of slices 1, 2 .. are handed to slice 0 through the tile, which nobody reads any more. */
function mergeLines(eachRow: (line: (row: number) => string) => string): string {
  const at = (sum: number) => `first + ${4 * sum}u * THREADS_X * THREADS_Y`;
  return `  let first = local.y * THREADS_X + local.x;
  for (var slice = 1u; slice < SLICES; slice++) {
    workgroupBarrier();
    if local.z == slice {
${eachRow((row) => `      keep(${at(2 * row)}, estimate${row});\n      keep(${at(2 * row + 1)}, weights${row});`)}
    }
    workgroupBarrier();
    if local.z == 0u {
${eachRow((row) => `      estimate${row} += kept(${at(2 * row)});\n      weights${row} += kept(${at(2 * row + 1)});`)}
    }
  }`;
}

function storeLines(row: number): string {
  return `  if y + ${row}u < frame.heightPx {
    storeLevels((y + ${row}u) * frame.outStridePx + x, mean(estimate${row}, weights${row}));
  }`;
}
