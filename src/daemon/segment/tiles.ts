/**
 * Frames larger than the model's input, in overlapping tiles.
 *
 * @module
 */
import type { Box } from "../../stream/base/detection.js";

/** Where a tile begins in the frame it is cut from. */
export interface TileOrigin {
  readonly xPx: number;
  readonly yPx: number;
}

/** A grid of tiles over a frame. */
export interface TileGrid {
  readonly frameWidthPx: number;
  readonly frameHeightPx: number;
  readonly tileWidthPx: number;
  readonly tileHeightPx: number;
  readonly overlapPx: number;
}

/**
 * The fewest tiles that cover a frame with neighbours overlapping by at least `overlapPx`, row by row, evenly spread. None reaches past the
 * frame, unless the frame is smaller than a tile.
 */
export function tileOrigins(grid: TileGrid): readonly TileOrigin[] {
  const columns = startsAlong(grid.frameWidthPx, grid.tileWidthPx, grid.overlapPx);
  const rows = startsAlong(grid.frameHeightPx, grid.tileHeightPx, grid.overlapPx);
  return rows.flatMap((yPx) => columns.map((xPx) => ({ xPx, yPx })));
}

function startsAlong(lengthPx: number, tilePx: number, overlapPx: number): readonly number[] {
  if (lengthPx <= tilePx) return [0];
  const count = Math.ceil((lengthPx - overlapPx) / (tilePx - overlapPx));
  return Array.from({ length: count }, (_, i) => Math.round((i * (lengthPx - tilePx)) / (count - 1)));
}

/** Boxes closer to a tile's edge than this are taken to be cut by it, px. */
const CUT_MARGIN_PX = 2;

/** Whether a box, in px of the frame that the tiles are cut from, is cut off by an edge of its tile inside the frame: the particle goes on in a neighbour. */
export function isCutBySeam({ x0, y0, x1, y1 }: Box, { xPx, yPx }: TileOrigin, grid: TileGrid): boolean {
  const right = xPx + grid.tileWidthPx;
  const bottom = yPx + grid.tileHeightPx;
  return (
    (xPx > 0 && x0 < xPx + CUT_MARGIN_PX) ||
    (yPx > 0 && y0 < yPx + CUT_MARGIN_PX) ||
    (right < grid.frameWidthPx && x1 > right - CUT_MARGIN_PX) ||
    (bottom < grid.frameHeightPx && y1 > bottom - CUT_MARGIN_PX)
  );
}
