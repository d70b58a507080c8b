/**
 * Masks in COCO's run-length encoding, from outlines.
 *
 * @module
 */

/** A mask as pycocotools reads it. */
export interface MaskRle {
  /** Rows, columns. */
  readonly size: readonly [number, number];
  /** Run lengths down the columns, background first, in COCO's text form. */
  readonly counts: string;
}

/**
 * The pixels whose centre lies inside a closed polygon, by the even-odd rule. `xyPx` holds x, y of each corner in frame px, where pixel
 * centres lie at .5; corners outside the frame are cut off by it.
 */
export function maskRle(xyPx: ArrayLike<number>, widthPx: number, heightPx: number): MaskRle {
  const crossings = columnCrossings(xyPx, widthPx);
  const counts: number[] = [];
  /** Where the last run ended, in pixels down the columns. */
  let end = 0;
  const addRun = (from: number, to: number) => {
    if (to <= from) return;
    // A run that goes on from the bottom of one column to the top of the next is one run.
    if (from === end && counts.length > 0) counts[counts.length - 1] = (counts.at(-1) ?? 0) + to - from;
    else counts.push(from - end, to - from);
    end = to;
  };
  for (const [column, ys] of [...crossings].sort(([a], [b]) => a - b)) {
    ys.sort((a, b) => a - b);
    for (let i = 0; i + 1 < ys.length; i += 2) {
      const [top, bottom] = [ys[i] ?? 0, ys[i + 1] ?? 0].map((y) =>
        Math.min(heightPx, Math.max(0, Math.ceil(y - 0.5))),
      );
      addRun(column * heightPx + (top ?? 0), column * heightPx + (bottom ?? 0));
    }
  }
  const rest = widthPx * heightPx - end;
  return { size: [heightPx, widthPx], counts: rleText(rest > 0 || counts.length === 0 ? [...counts, rest] : counts) };
}

/** Where the polygon's edges cross the middle of each pixel column. */
function columnCrossings(xyPx: ArrayLike<number>, widthPx: number): Map<number, number[]> {
  const crossings = new Map<number, number[]>();
  const points = Math.floor(xyPx.length / 2);
  for (let i = 0; i < points; i++) {
    const j = (i + 1) % points;
    const [x0, y0, x1, y1] = [xyPx[2 * i] ?? 0, xyPx[2 * i + 1] ?? 0, xyPx[2 * j] ?? 0, xyPx[2 * j + 1] ?? 0];
    // Half open: a corner on a column's middle belongs to one of its two edges.
    const first = Math.max(0, Math.ceil(Math.min(x0, x1) - 0.5));
    const last = Math.min(widthPx, Math.ceil(Math.max(x0, x1) - 0.5));
    for (let column = first; column < last; column++) {
      const y = y0 + ((column + 0.5 - x0) / (x1 - x0)) * (y1 - y0);
      const held = crossings.get(column);
      if (held === undefined) crossings.set(column, [y]);
      else held.push(y);
    }
  }
  return crossings;
}

/** COCO's text form: each count less the one two before, in groups of five bits from 48 (`0`) up; bit 6 says that more follow. */
function rleText(counts: readonly number[]): string {
  const codes: number[] = [];
  for (const [index, count] of counts.entries()) {
    let left = index > 2 ? count - (counts[index - 2] ?? 0) : count;
    for (let isMore = true; isMore; ) {
      const bits = left & 31;
      left >>= 5;
      isMore = (bits & 16) === 0 ? left !== 0 : left !== -1;
      codes.push(48 + bits + (isMore ? 32 : 0));
    }
  }
  return String.fromCharCode(...codes);
}
