/**
 * Which pixels a polygon covers, as pycocotools has it: the outline is walked on a grid five times as fine, and down each column its
 * crossings switch the mask on and off (rleFrPoly in maskApi.c, pixel for pixel).
 *
 * @module
 */

import type { Runs } from "./coco-runs.js";
import type { ImageSize } from "./truth-source.js";

const SCALE = 5;

/** A point of the fine grid. */
interface Point {
  readonly x: number;
  readonly y: number;
}

/** The runs of a polygon `x, y, x, y, ...` in px, without a repeated last point. */
export function runsFromPolygon(polygon: readonly number[], { widthPx, heightPx }: ImageSize): Runs {
  const crossings = crossingsOf(outlineOf(polygon), { widthPx, heightPx });
  const ends = [...crossings, widthPx * heightPx].sort((a, b) => a - b);
  const lengths = ends.map((end, i) => end - (i === 0 ? 0 : ends[i - 1]));
  return withoutEmptyRuns(lengths);
}

/** Every point of the fine grid on the outline, in order. */
function outlineOf(polygon: readonly number[]): readonly Point[] {
  const corners: Point[] = [];
  for (let i = 0; i + 1 < polygon.length; i += 2) {
    corners.push({ x: Math.trunc(SCALE * polygon[i] + 0.5), y: Math.trunc(SCALE * polygon[i + 1] + 0.5) });
  }
  return corners.flatMap((from, i) => sideOf(from, corners[(i + 1) % corners.length]));
}

/** The points of one side, both ends included. Reckoned from the lower end whichever way it is walked, so that shared sides agree. */
function sideOf(from: Point, to: Point): readonly Point[] {
  const dx = Math.abs(to.x - from.x);
  const dy = Math.abs(to.y - from.y);
  const isFlat = dx >= dy;
  const flip = isFlat ? from.x > to.x : from.y > to.y;
  const [start, end] = flip ? [to, from] : [from, to];
  const steps = Math.max(dx, dy);
  const slope = steps === 0 ? 0 : isFlat ? (end.y - start.y) / dx : (end.x - start.x) / dy;
  return Array.from({ length: steps + 1 }, (_, d) => {
    const t = flip ? steps - d : d;
    return isFlat
      ? { x: start.x + t, y: Math.trunc(start.y + slope * t + 0.5) }
      : { x: Math.trunc(start.x + slope * t + 0.5), y: start.y + t };
  });
}

/** Where the outline crosses the middle of a column of pixels, as positions down the columns. */
function crossingsOf(outline: readonly Point[], { widthPx, heightPx }: ImageSize): readonly number[] {
  const crossings: number[] = [];
  for (let i = 1; i < outline.length; i++) {
    const [before, here] = [outline[i - 1], outline[i]];
    if (here.x === before.x) continue;
    const column = ((here.x < before.x ? here.x : here.x - 1) + 0.5) / SCALE - 0.5;
    if (!Number.isInteger(column) || column < 0 || column > widthPx - 1) continue;
    const row = (Math.min(here.y, before.y) + 0.5) / SCALE - 0.5;
    crossings.push(column * heightPx + Math.ceil(Math.min(heightPx, Math.max(0, row))));
  }
  return crossings;
}

/** Joins the runs on both sides of one of length 0; the first may be 0, as masks that begin with a particle have it. */
function withoutEmptyRuns([first, ...rest]: readonly number[]): Runs {
  const runs = [first];
  for (let i = 0; i < rest.length; i++) {
    if (rest[i] > 0) runs.push(rest[i]);
    else {
      i += 1;
      if (i < rest.length) runs[runs.length - 1] += rest[i];
    }
  }
  return runs;
}
