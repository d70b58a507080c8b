/**
 * What the noise of a frame is estimated from: a few numbers of each of many small blocks, and the GPU kernel that computes them, as data.
 *
 * The second difference along both axes, `L = [1 -2 1] x [1 -2 1]`, does not see planes and straight edges along the axes, and has
 * 36 times the variance of white noise (Immerkaer 1996).
 *
 * @module
 */
import type { NoiseBlocks } from "../../../stream/base/noise.js";
import type { LevelDepth, WgslKernel } from "../kernel.js";

/** Edge of a block, px; the second differences of its border pixels reach one pixel further. */
export const NOISE_BLOCK_PX = 8;

/** Most blocks along an edge that are looked at: with 1,024 blocks the noise is known to 0.6 %, and a larger frame costs no more. */
const MOST_BLOCKS_ALONG = 32;

/** Numbers of a block, in this order. */
export const NOISE_VALUES = [
  "level",
  "roughness",
  "square",
  "structure",
  "clipped",
] as const satisfies readonly (keyof NoiseBlocks)[];

/** The blocks of a frame that are looked at: `columns * rows`, evenly spread; block (0, 0) begins at pixel (1, 1). */
export interface NoiseGrid {
  readonly columns: number;
  readonly rows: number;
  /** From one block to the next, px. */
  readonly stepXPx: number;
  readonly stepYPx: number;
}

/** The grid for a frame; 0 x 0 where it is too small for a block and the pixels around it. */
export function noiseGrid(widthPx: number, heightPx: number): NoiseGrid {
  const x = blocksAlong(widthPx);
  const y = blocksAlong(heightPx);
  return { columns: x.count, rows: y.count, stepXPx: x.stepPx, stepYPx: y.stepPx };
}

function blocksAlong(lengthPx: number): { readonly count: number; readonly stepPx: number } {
  const room = lengthPx - 2;
  const stepPx = Math.max(NOISE_BLOCK_PX, Math.floor(room / MOST_BLOCKS_ALONG));
  const count = room < NOISE_BLOCK_PX ? 0 : Math.floor((room - NOISE_BLOCK_PX) / stepPx) + 1;
  return { count: Math.min(MOST_BLOCKS_ALONG, count), stepPx };
}

/** Sorts the numbers of all blocks into columns. `values` holds {@link NOISE_VALUES} for each block. */
export function noiseBlocksFrom(values: Float32Array): NoiseBlocks {
  const count = values.length / NOISE_VALUES.length;
  const [level, roughness, square, structure, clipped] = NOISE_VALUES.map((_, k) => {
    const column = new Float32Array(count);
    for (let i = 0; i < count; i++) column[i] = values[i * NOISE_VALUES.length + k];
    return column;
  });
  return { level, roughness, square, structure, clipped };
}

/** A thread computes a block. */
const NOISE_GROUP = { threadsX: 8, threadsY: 8, blockX: 4, blockY: 1 } as const;

/** The GPU kernel for frames of `depth`. */
export function noiseKernel(depth: LevelDepth): WgslKernel {
  return {
    name: `noise-${depth}`,
    sources: [new URL(`../levels-${depth}.wgsl`, import.meta.url), new URL("./noise.wgsl", import.meta.url)],
    group: NOISE_GROUP,
  };
}

/** What the kernel reads beside the frame. */
export function noiseCoefficients({ columns, rows, stepXPx, stepYPx }: NoiseGrid): Uint32Array {
  return Uint32Array.of(columns, rows, stepXPx, stepYPx);
}
