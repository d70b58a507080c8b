/**
 * One frame judged: what was found against what is there.
 *
 * @module
 */
import { IOU_THRESHOLDS, type Ranked } from "./average-precision.js";
import type { FoundParticle } from "./found.js";
import { byFallingScore, matchesByCentre, matchesByIou, UNMATCHED } from "./matching.js";
import { type Overlaps, overlapsOf } from "./overlap.js";
import { type PixelAgreement, pixelAgreement } from "./pixels.js";
import { boxSizePx, type FrameTruth, type TrueParticle } from "./truth.js";

/** A found particle and the true one that it is. */
export interface Pair {
  /** Index of the found particle and of the true one. */
  readonly found: number;
  readonly truth: number;
  /** Of masks where the truth has masks, else of boxes; at least 0.5. */
  readonly iou: number;
  /** Found over true area-equivalent diameter; `null` where the true one is not known. */
  readonly ecdRatio: number | null;
  /** Measured boundary/area ratio over that of the formula; `null` where the body is not known. */
  readonly boundaryAreaRatio: number | null;
}

/** All that scores are summed up from. */
export interface FrameJudgement extends Ranked {
  readonly truthCount: number;
  readonly foundCount: number;
  /** Matched at an IoU of 0.5 or more. */
  readonly pairs: readonly Pair[];
  /** Index of the true particle in whose box the centre of each found one lies, or -1. */
  readonly byCentre: Int32Array;
  /** Of each true particle, the square root of its box's area. */
  readonly truthSizesPx: Float64Array;
  /** `null` where the truth has no masks. */
  readonly pixels: PixelAgreement | null;
}

/** Judges a frame. */
export function judgeFrame(found: readonly FoundParticle[], truth: FrameTruth): FrameJudgement {
  const { particles } = truth;
  const scores = Float64Array.from(found, ({ score }) => score);
  const order = byFallingScore(scores);
  const overlaps = overlapsOf(found, truth);
  const matches = IOU_THRESHOLDS.map((leastIou) =>
    matchesByIou(overlaps, { order, truthCount: particles.length, leastIou }),
  );
  const hits = new Uint16Array(found.length);
  for (const [bit, at] of matches.entries()) {
    for (const [index, match] of at.entries()) if (match !== UNMATCHED) hits[index] |= 1 << bit;
  }
  const boxes = (of: readonly (FoundParticle | TrueParticle)[]) => of.map(({ box }) => box);
  return {
    truthCount: particles.length,
    foundCount: found.length,
    scores,
    hits,
    pairs: pairsOf(matches[0], { found, truth: particles, overlaps }),
    byCentre: matchesByCentre(boxes(found), boxes(particles), order),
    truthSizesPx: Float64Array.from(particles, ({ box }) => boxSizePx(box)),
    pixels: pixelAgreement(found, truth),
  };
}

interface Compared {
  readonly found: readonly FoundParticle[];
  readonly truth: readonly TrueParticle[];
  readonly overlaps: Overlaps;
}

function pairsOf(matches: Int32Array, { found, truth, overlaps }: Compared): readonly Pair[] {
  const pairs: Pair[] = [];
  for (const [index, match] of matches.entries()) {
    if (match === UNMATCHED) continue;
    const { ecdPx, boundaryAreaRatioPerPx } = truth[match];
    const ours = found[index];
    pairs.push({
      found: index,
      truth: match,
      iou: overlaps[index].find((overlap) => overlap.truth === match)?.iou ?? 0,
      ecdRatio: ecdPx === null ? null : ours.ecdPx / ecdPx,
      boundaryAreaRatio: boundaryAreaRatioPerPx === null ? null : ours.boundaryAreaRatioPerPx / boundaryAreaRatioPerPx,
    });
  }
  return pairs;
}
