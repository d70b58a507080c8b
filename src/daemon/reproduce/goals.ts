/**
 * Goals, and what is compared with them.
 *
 * @module
 */
import type { FoundInRange, Score } from "../evaluation/score.js";
import { FIGURES, type Figure, type FigureName } from "../report/figures.js";

/** What one method came to on one set of frames. */
export interface Measurement {
  readonly score: Score;
  /** What was found of the sizes that the set is about; `null` where it is about all. */
  readonly inRange: FoundInRange | null;
  /** Least part of a frame's pixels that its intensity histograms count, before and after the filter. */
  readonly levelsCounted: number;
  /** Part of the reported particles that the histograms of areas count. */
  readonly areasCounted: number;
}

interface MeasuredFigure extends Omit<Figure, "of"> {
  readonly of: (measurement: Measurement) => number | null;
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** Figures that are no score's. */
const OWN_FIGURES = {
  foundInRange: {
    title: "found of these sizes, by centre",
    of: ({ inRange }) => (inRange === null || inRange.truth === 0 ? null : inRange.foundByCentre / inRange.truth),
    text: percent,
  },
  levelsCounted: { title: "pixels in both histograms", of: ({ levelsCounted }) => levelsCounted, text: percent },
  areasCounted: { title: "particles in the histogram", of: ({ areasCounted }) => areasCounted, text: percent },
} as const satisfies Readonly<Record<string, MeasuredFigure>>;

export type GoalFigure = FigureName | keyof typeof OWN_FIGURES;

/** What a figure must be: at least, at most, or no farther from 0 than `value`. */
export interface Goal {
  readonly figure: GoalFigure;
  readonly relation: ">=" | "<=" | "within";
  readonly value: number;
}

/** A goal and how it stands. */
export interface Standing {
  readonly figure: GoalFigure;
  readonly title: string;
  /** `>= 95.0 %`. */
  readonly goal: string;
  /** `null` where the figure does not exist: nothing was found, say. Then the goal is missed. */
  readonly value: number | null;
  /** The value as text. */
  readonly ours: string;
  readonly pass: boolean;
}

/** How a goal stands. */
export function standingOf({ figure, relation, value: goal }: Goal, measurement: Measurement): Standing {
  const { title, of, text } = figureOf(figure);
  const value = of(measurement);
  return {
    figure,
    title,
    // Of a distance from 0 the sign says nothing.
    goal: `${relation} ${relation === "within" ? text(goal).replace("+", "") : text(goal)}`,
    value,
    ours: value === null ? "-" : text(value),
    pass: value !== null && isMet(value, relation, goal),
  };
}

function isMet(value: number, relation: Goal["relation"], goal: number): boolean {
  if (relation === "within") return Math.abs(value) <= goal;
  return relation === ">=" ? value >= goal : value <= goal;
}

function figureOf(name: GoalFigure): MeasuredFigure {
  if (isOwn(name)) return OWN_FIGURES[name];
  const { title, of, text }: Figure = FIGURES[name];
  return { title, text, of: ({ score }) => of(score) };
}

function isOwn(name: GoalFigure): name is keyof typeof OWN_FIGURES {
  return name in OWN_FIGURES;
}
