/**
 * A frame with what is there and what was found, as lines to be drawn over it.
 *
 * @module
 */
import type { FoundParticle } from "../evaluation/found.js";
import type { FrameJudgement } from "../evaluation/judge.js";
import type { FrameTruth, TrueParticle } from "../evaluation/truth.js";
import { COLOURS } from "./page.js";
import { boxPath, type Lines, maskPath, polygonPath } from "./picture.js";

/** What is compared. */
export interface Comparison {
  readonly truth: FrameTruth;
  readonly found: readonly FoundParticle[];
  readonly judgement: FrameJudgement;
}

/** What the colours of {@link comparisonLines} mean. */
export const COMPARED = [
  ["right", "found"],
  ["wrong", "found, but false"],
  ["truth", "truth, found"],
  ["missed", "truth, missed"],
] as const satisfies readonly (readonly [keyof typeof COLOURS, string])[];

/** Outlines by what became of them: true ones that were found and that were missed, found ones that are right and that are false. */
export function comparisonLines({ truth, found, judgement }: Comparison): readonly Lines[] {
  const foundTruths = new Set(judgement.pairs.map((pair) => pair.truth));
  const right = new Set(judgement.pairs.map((pair) => pair.found));
  const outlines = (isRight: boolean) =>
    polygonPath(found.filter((_, i) => right.has(i) === isRight).map(({ outlinePx }) => outlinePx));
  return [
    { colour: COLOURS.truth, path: truthPath(truth, (i) => foundTruths.has(i)), isDashed: true },
    { colour: COLOURS.missed, path: truthPath(truth, (i) => !foundTruths.has(i)), isDashed: true },
    { colour: COLOURS.right, path: outlines(true) },
    { colour: COLOURS.wrong, path: outlines(false) },
  ];
}

/** The path around the true particles for which `isShown` holds: around their masks, or their boxes where there are none. */
export function truthPath(truth: FrameTruth, isShown: (index: number) => boolean): string {
  const shown = truth.particles.filter((_, index) => isShown(index));
  return truth.kind === "boxes" ? boxPath(shown.map(({ box }) => box)) : maskPath(masksOf(shown), truth);
}

/** The masks of those particles that have one. */
export function masksOf(particles: readonly TrueParticle[]) {
  return particles.flatMap(({ mask }) => (mask === null ? [] : [mask]));
}
