/**
 * The figures of one frame or of many together.
 *
 * @module
 */
import { averagePrecision } from "./average-precision.js";
import type { FrameJudgement } from "./judge.js";
import { UNMATCHED } from "./matching.js";

/** How many were found right, and what follows from it; `null` where nothing was there to be divided by. */
export interface Detected {
  /** True particles matched one to one. */
  readonly found: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** The figures; each is `null` where the truth does not allow it. Fractions are 0..1. */
export interface Score extends Detected {
  readonly frames: number;
  /** True particles, and particles that were reported. */
  readonly truth: number;
  readonly reported: number;
  /** Reported particles that are none, a frame. */
  readonly falsePerFrame: number;
  /** Mean intersection over union of the matched: of masks, or of boxes where the truth has boxes. */
  readonly meanIou: number | null;
  readonly ap50: number | null;
  readonly ap50To95: number | null;
  /** Pixels that are rightly particle or rightly background. */
  readonly pixelAccuracy: number | null;
  /** Intersection over union of all masks together. */
  readonly pixelIou: number | null;
  /** Sum over frames of |reported - true|, over the number of true particles: errors of frames do not cancel. */
  readonly countError: number | null;
  /** Mean and standard deviation (n - 1) of found / true diameter - 1 over the matched. */
  readonly ecdBias: number | null;
  readonly ecdSpread: number | null;
  /** Mean of measured / formula boundary/area ratio - 1 over the matched. */
  readonly boundaryAreaBias: number | null;
  /** Matched by centre inside the true box instead of by overlap. */
  readonly byCentre: Detected;
}

/** The figures over all frames together. */
export function scoreOf(judgements: readonly FrameJudgement[]): Score {
  const truth = sumOf(judgements, ({ truthCount }) => truthCount);
  const reported = sumOf(judgements, ({ foundCount }) => foundCount);
  const pairs = judgements.flatMap((judgement) => judgement.pairs);
  const ratios = pairs.flatMap(({ ecdRatio }) => (ecdRatio === null ? [] : [ecdRatio - 1]));
  const boundaryAreas = pairs.flatMap(({ boundaryAreaRatio }) =>
    boundaryAreaRatio === null ? [] : [boundaryAreaRatio - 1],
  );
  const frames = judgements.length;
  return {
    frames,
    truth,
    reported,
    ...detected(pairs.length, reported, truth),
    falsePerFrame: frames === 0 ? 0 : (reported - pairs.length) / frames,
    meanIou: meanOf(pairs.map(({ iou }) => iou)),
    ...averagePrecision(judgements, truth),
    ...pixelFigures(judgements),
    countError: ratioOf(
      sumOf(judgements, ({ truthCount, foundCount }) => Math.abs(foundCount - truthCount)),
      truth,
    ),
    ecdBias: meanOf(ratios),
    ecdSpread: deviationOf(ratios),
    boundaryAreaBias: meanOf(boundaryAreas),
    byCentre: detected(
      sumOf(judgements, ({ byCentre }) => countMatched(byCentre)),
      reported,
      truth,
    ),
  };
}

/** A range of sizes, px, both ends included. */
export interface SizeRange {
  readonly minPx: number;
  readonly maxPx: number;
}

/** The true particles of a range of sizes, and how many of them were found. */
export interface FoundInRange {
  readonly truth: number;
  /** By overlap, and by centre inside the true box. */
  readonly found: number;
  readonly foundByCentre: number;
}

/** What was found of particles of a range of sizes. Precision says nothing there: who reported a false one did not say its true size. */
export function foundInRange(judgements: readonly FrameJudgement[], { minPx, maxPx }: SizeRange): FoundInRange {
  let truth = 0;
  let found = 0;
  let foundByCentre = 0;
  for (const { truthSizesPx, pairs, byCentre } of judgements) {
    const isInRange = (index: number) => truthSizesPx[index] >= minPx && truthSizesPx[index] <= maxPx;
    truth += truthSizesPx.filter((_, index) => isInRange(index)).length;
    found += pairs.filter((pair) => isInRange(pair.truth)).length;
    foundByCentre += byCentre.filter((index) => index !== UNMATCHED && isInRange(index)).length;
  }
  return { truth, found, foundByCentre };
}

function detected(found: number, reported: number, truth: number): Detected {
  return {
    found,
    precision: ratioOf(found, reported),
    recall: ratioOf(found, truth),
    f1: ratioOf(2 * found, reported + truth),
  };
}

function pixelFigures(judgements: readonly FrameJudgement[]): Pick<Score, "pixelAccuracy" | "pixelIou"> {
  const counts = judgements.flatMap(({ pixels }) => (pixels === null ? [] : [pixels]));
  return {
    pixelAccuracy: ratioOf(
      sumOf(counts, ({ agreeing }) => agreeing),
      sumOf(counts, ({ total }) => total),
    ),
    pixelIou: ratioOf(
      sumOf(counts, ({ shared }) => shared),
      sumOf(counts, ({ either }) => either),
    ),
  };
}

function countMatched(matches: Int32Array): number {
  return matches.filter((match) => match !== UNMATCHED).length;
}

function ratioOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

function meanOf(values: readonly number[]): number | null {
  return ratioOf(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );
}

function deviationOf(values: readonly number[]): number | null {
  const mean = meanOf(values);
  if (mean === null || values.length < 2) return null;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
