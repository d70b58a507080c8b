/**
 * The outlines of a frame's particles as paths to draw, and as shapes to point at.
 *
 * @module
 */
import type { Outlines } from "../../../src/stream/base/particles.js";
import type { ColourRange } from "./colour-scale.js";
import { COLOUR_BINS, colourBin } from "./colour-scale.js";
import type { Point } from "./viewport.js";

/** What the outlines of one frame are coloured by. */
export interface OutlineSizes {
  readonly ecdPx: ArrayLike<number>;
  readonly touchesBorder: ArrayLike<number>;
}

/** Paths in frame space, one a colour. */
export interface OutlinePaths {
  readonly binned: readonly Path2D[];
  /** Particles cut by the edge of the frame: their size is not known, so they have no colour. */
  readonly cut: Path2D;
}

export function outlineCount(outlines: Outlines): number {
  return Math.max(0, outlines.offsets.length - 1);
}

/** One path for each colour bin: the number of strokes is the same for 10 particles and for 10,000. */
export function outlinePaths(outlines: Outlines, sizes: OutlineSizes, rangePx: ColourRange | null): OutlinePaths {
  const binned = Array.from({ length: COLOUR_BINS }, () => new Path2D());
  const cut = new Path2D();
  for (let index = 0; index < outlineCount(outlines); index += 1) {
    const bin = rangePx === null ? 0 : colourBin(sizes.ecdPx[index] ?? 0, rangePx);
    const path = sizes.touchesBorder[index] ? cut : binned[bin];
    if (path !== undefined) trace(path, outlines, index);
  }
  return { binned, cut };
}

/** The outline of one particle. */
export function outlinePath(outlines: Outlines, index: number): Path2D {
  const path = new Path2D();
  trace(path, outlines, index);
  return path;
}

function trace(path: Path2D, { offsets, xyPx }: Outlines, index: number): void {
  const first = offsets[index] ?? 0;
  const end = offsets[index + 1] ?? first;
  for (let point = first; point < end; point += 1) {
    const x = xyPx[2 * point] ?? 0;
    const y = xyPx[2 * point + 1] ?? 0;
    if (point === first) path.moveTo(x, y);
    else path.lineTo(x, y);
  }
  if (end > first) path.closePath();
}

/** Particle whose outline encloses `at` (frame px), the smallest where several do, or `null`. */
export function outlineAt(outlines: Outlines, ecdPx: ArrayLike<number>, at: Point): number | null {
  let found: number | null = null;
  for (let index = 0; index < outlineCount(outlines); index += 1) {
    if (!encloses(outlines, index, at)) continue;
    if (found === null || (ecdPx[index] ?? 0) < (ecdPx[found] ?? 0)) found = index;
  }
  return found;
}

/** Even-odd rule: a ray from `at` to the right crosses the outline an odd number of times. */
function encloses({ offsets, xyPx }: Outlines, index: number, at: Point): boolean {
  const first = offsets[index] ?? 0;
  const end = offsets[index + 1] ?? first;
  let inside = false;
  for (let point = first, before = end - 1; point < end; before = point, point += 1) {
    const x = xyPx[2 * point] ?? 0;
    const y = xyPx[2 * point + 1] ?? 0;
    const xBefore = xyPx[2 * before] ?? 0;
    const yBefore = xyPx[2 * before + 1] ?? 0;
    if (y > at.y !== yBefore > at.y && at.x < x + ((xBefore - x) * (at.y - y)) / (yBefore - y)) inside = !inside;
  }
  return inside;
}
