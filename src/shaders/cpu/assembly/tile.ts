// Copies a window of a frame, with the border reflected where it reaches beyond.
import { HALO, MARGIN, STRIDE, TILE } from "./layout";

/** The index within a line of `length` that position `index` of its endless reflection (BORDER_REFLECT_101) shows. */
export function reflect101(index: i32, length: i32): i32 {
  if (length == 1) return 0;
  const period = 2 * (length - 1);
  const folded = abs(index) % period;
  return folded < length ? folded : period - folded;
}

/** Copies `count` elements of a row of `width` into `to`, from column `x` on, which may lie outside. */
export function copyLine<T>(row: usize, width: i32, x: i32, count: i32, to: usize): void {
  const first = min(max(-x, 0), count);
  const last = max(min(width - x, count), first);
  for (let i = 0; i < first; i++) {
    store<T>(to + i * sizeof<T>(), load<T>(row + reflect101(x + i, width) * sizeof<T>()));
  }
  memory.copy(to + first * sizeof<T>(), row + (x + first) * sizeof<T>(), (last - first) * sizeof<T>());
  for (let i = last; i < count; i++) {
    store<T>(to + i * sizeof<T>(), load<T>(row + reflect101(x + i, width) * sizeof<T>()));
  }
}

/** Copies a window of a frame and its halo of 13 px into the tile. */
export function copyTile<T>(source: usize, width: i32, height: i32, left: i32, top: i32, tileWidth: i32, tileHeight: i32): void {
  for (let y = -HALO; y < tileHeight + HALO; y++) {
    const row = source + reflect101(top + y, height) * width * sizeof<T>();
    const to = TILE + ((y + HALO) * STRIDE + MARGIN - HALO) * sizeof<T>();
    copyLine<T>(row, width, left - HALO, tileWidth + 2 * HALO, to);
  }
}
