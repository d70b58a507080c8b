/**
 * Frames of any size, in tiles that a network takes.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";

export interface TileRule {
  /** Longest edge of a tile, px. */
  readonly edgePx: number;
  /** What neighbours share; each gives the half of it that lies nearer to its middle. */
  readonly overlapPx: number;
  readonly multipleOfPx: number;
}

/** A stretch of a tile along one axis. */
interface Span {
  /** Where the tile begins in the frame. */
  readonly from: number;
  /** The part of the frame that is taken from it. */
  readonly keepFrom: number;
  readonly keepTo: number;
}

/** A tile, padded to what the network takes. */
export interface Tile {
  readonly x: Span;
  readonly y: Span;
  readonly widthPx: number;
  readonly heightPx: number;
}

type Size = Pick<GreyImage, "widthPx" | "heightPx">;

/** The tiles of a frame: one where it is small enough, each pixel taken from one of them. */
export function tilesOf({ widthPx, heightPx }: Size, rule: TileRule): readonly Tile[] {
  const size = { widthPx: tileEdge(widthPx, rule), heightPx: tileEdge(heightPx, rule) };
  const columns = spansAlong(widthPx, rule);
  return spansAlong(heightPx, rule).flatMap((y) => columns.map((x) => ({ x, y, ...size })));
}

function tileEdge(lengthPx: number, { edgePx, multipleOfPx }: TileRule): number {
  return Math.ceil(Math.min(lengthPx, edgePx) / multipleOfPx) * multipleOfPx;
}

function spansAlong(lengthPx: number, { edgePx, overlapPx }: TileRule): readonly Span[] {
  const count = lengthPx <= edgePx ? 1 : Math.ceil((lengthPx - overlapPx) / (edgePx - overlapPx));
  const starts = Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.round((i * (lengthPx - edgePx)) / (count - 1)),
  );
  const seam = (i: number) => Math.round((starts[i] + starts[i - 1] + edgePx) / 2);
  return starts.map((from, i) => ({
    from,
    keepFrom: i === 0 ? 0 : seam(i),
    keepTo: i === count - 1 ? lengthPx : seam(i + 1),
  }));
}

/** The levels of a tile, each through `value`; beyond the frame it goes on mirrored. */
export function padded(image: GreyImage, tile: Tile, value: (level: number) => number): Float32Array {
  const { levels, widthPx, heightPx } = image;
  const values = new Float32Array(tile.widthPx * tile.heightPx);
  const columns = Int32Array.from({ length: tile.widthPx }, (_, i) => mirrored(tile.x.from + i, widthPx));
  for (let row = 0; row < tile.heightPx; row++) {
    const from = mirrored(tile.y.from + row, heightPx) * widthPx;
    const to = row * tile.widthPx;
    for (let i = 0; i < tile.widthPx; i++) values[to + i] = value(levels[from + columns[i]]);
  }
  return values;
}

/** Writes what is taken from a tile into an image, from the index in the frame and in the tile; 8-bit levels are rounded. */
export function paste(image: GreyImage, { x, y, widthPx }: Tile, level: (at: number, inTile: number) => number): void {
  const { levels } = image;
  const isByte = levels instanceof Uint8Array;
  for (let row = y.keepFrom; row < y.keepTo; row++) {
    for (let column = x.keepFrom; column < x.keepTo; column++) {
      const at = row * image.widthPx + column;
      const value = level(at, (row - y.from) * widthPx + column - x.from);
      levels[at] = isByte ? Math.max(0, Math.min(255, Math.round(value))) : value;
    }
  }
}

/** The index that position `index` of a line shows which goes on mirrored at its ends, without repeating them. */
function mirrored(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = Math.abs(index) % period;
  return folded < length ? folded : period - folded;
}
