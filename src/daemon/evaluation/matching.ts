/**
 * Which found particle is which true one: one to one, the surest first.
 *
 * @module
 */
import type { Box } from "../../stream/base/detection.js";
import type { Overlaps } from "./overlap.js";
import { isInBox } from "./overlap.js";

/** Stands for no true particle. */
export const UNMATCHED = -1;

/** Rounding must not turn away two masks that are the same (pycocotools, cocoeval.py). */
const MOST_IOU = 1 - 1e-10;

/** Indices of `scores` from the highest to the lowest, equals in their order. */
export function byFallingScore(scores: ArrayLike<number>): readonly number[] {
  return Array.from({ length: scores.length }, (_, index) => index).sort((a, b) => scores[b] - scores[a]);
}

export interface MatchOptions {
  /** Found particles in the order in which they choose. */
  readonly order: readonly number[];
  readonly truthCount: number;
  /** Least intersection over union of a pair. */
  readonly leastIou: number;
}

/**
 * For each found particle the true one that it is, or {@link UNMATCHED}: the one that it overlaps most among those not yet taken, as COCO's
 * evaluation has it (of equals the last).
 */
export function matchesByIou(overlaps: Overlaps, { order, truthCount, leastIou }: MatchOptions): Int32Array {
  const matches = new Int32Array(overlaps.length).fill(UNMATCHED);
  const taken = new Uint8Array(truthCount);
  for (const index of order) {
    let most = Math.min(leastIou, MOST_IOU);
    for (const { truth, iou } of overlaps[index]) {
      if (taken[truth] === 1 || iou < most) continue;
      most = iou;
      matches[index] = truth;
    }
    if (matches[index] !== UNMATCHED) taken[matches[index]] = 1;
  }
  return matches;
}

/**
 * For each found box the true one that holds its centre, or {@link UNMATCHED}: of several not yet taken the one whose own centre is
 * nearest. Judges whether a particle was noticed where truth was drawn by hand too coarsely to judge its outline.
 */
export function matchesByCentre(found: readonly Box[], truths: readonly Box[], order: readonly number[]): Int32Array {
  const matches = new Int32Array(found.length).fill(UNMATCHED);
  const taken = new Uint8Array(truths.length);
  for (const index of order) {
    const centre = centreOf(found[index]);
    let nearest = Number.POSITIVE_INFINITY;
    for (const [truth, box] of truths.entries()) {
      if (taken[truth] === 1 || !isInBox(centre.x, centre.y, box)) continue;
      const own = centreOf(box);
      const distance = Math.hypot(own.x - centre.x, own.y - centre.y);
      if (distance >= nearest) continue;
      nearest = distance;
      matches[index] = truth;
    }
    if (matches[index] !== UNMATCHED) taken[matches[index]] = 1;
  }
  return matches;
}

function centreOf({ x0, y0, x1, y1 }: Box): { readonly x: number; readonly y: number } {
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
}
