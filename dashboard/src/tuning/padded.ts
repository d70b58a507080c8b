/**
 * A frame with its reflected border, as the kernels of gpu.js read it.
 *
 * @module
 */
import { reflect101 } from "../../../src/shaders/kernels/reflect.js";
import type { GreyLevels } from "./choice.js";

/** Row-major; `spareRows` of 0 lie below the border, for blocks of rows that reach past the frame. */
export function padded({ widthPx, heightPx, levels }: GreyLevels, haloPx: number, spareRows = 0): Float32Array {
  const stridePx = widthPx + 2 * haloPx;
  const target = new Float32Array(stridePx * (heightPx + 2 * haloPx + spareRows));
  const columns = Uint32Array.from({ length: stridePx }, (_, x) => reflect101(x - haloPx, widthPx));
  for (let row = 0; row < heightPx + 2 * haloPx; row += 1) {
    const from = reflect101(row - haloPx, heightPx) * widthPx;
    const to = row * stridePx;
    for (let x = 0; x < stridePx; x += 1) target[to + x] = levels[from + (columns[x] ?? 0)] ?? 0;
  }
  return target;
}
