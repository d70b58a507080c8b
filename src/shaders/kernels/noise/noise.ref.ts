/**
 * The numbers of the blocks of a frame, plainly: what the CPU computes, and what the GPU's result is held to.
 *
 * @module
 */
import type { GreyImage } from "../../../stream/base/frame.js";
import { NOISE_BLOCK_PX, NOISE_VALUES, noiseGrid } from "./noise.js";

const PIXELS = NOISE_BLOCK_PX * NOISE_BLOCK_PX;
const HALF_PX = NOISE_BLOCK_PX / 2;

/** {@link NOISE_VALUES} of each block of the frame's grid, row by row. */
export function noiseValues(image: GreyImage): Float32Array {
  const { columns, rows, stepXPx, stepYPx } = noiseGrid(image.widthPx, image.heightPx);
  const values = new Float32Array(columns * rows * NOISE_VALUES.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const first = (1 + row * stepYPx) * image.widthPx + 1 + column * stepXPx;
      writeBlock(image, first, values, (row * columns + column) * NOISE_VALUES.length);
    }
  }
  return values;
}

/** Second differences down of a row of a block and of the pixels beside it; scratch, overwritten for every row. */
const down = new Float64Array(NOISE_BLOCK_PX + 2);

/** Sums over the quarters of a block; scratch. */
const quarters = new Float64Array(4);

/** The block whose first pixel has the index `first`, as numbers from `at` on. */
function writeBlock({ levels, widthPx }: GreyImage, first: number, values: Float32Array, at: number): void {
  let roughness = 0;
  let square = 0;
  let clipped = 0;
  quarters.fill(0);
  for (let y = 0; y < NOISE_BLOCK_PX; y++) {
    const row = first + y * widthPx;
    for (let x = -1; x <= NOISE_BLOCK_PX; x++) {
      const i = row + x;
      down[x + 1] = levels[i - widthPx] - 2 * levels[i] + levels[i + widthPx];
    }
    for (let x = 0; x < NOISE_BLOCK_PX; x++) {
      const level = levels[row + x];
      const second = down[x] - 2 * down[x + 1] + down[x + 2];
      roughness += Math.abs(second);
      square += second * second;
      quarters[(y < HALF_PX ? 0 : 2) + (x < HALF_PX ? 0 : 1)] += level;
      if (level <= 0 || level >= 255) clipped++;
    }
  }
  const level = (quarters[0] + quarters[1] + quarters[2] + quarters[3]) / PIXELS;
  let structure = 0;
  for (const sum of quarters) structure += (sum / (PIXELS / 4) - level) ** 2;
  values[at] = level;
  values[at + 1] = roughness / PIXELS;
  values[at + 2] = square / PIXELS;
  values[at + 3] = structure / 4;
  values[at + 4] = clipped;
}
