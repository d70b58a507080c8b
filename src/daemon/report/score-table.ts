/**
 * Scores as rows of cells, for a terminal and for a page alike.
 *
 * @module
 */
import type { Score } from "../evaluation/score.js";
import { FIGURES, type FigureName, figureText, TABLE_FIGURES } from "./figures.js";

/** The figures that at least one of the scores has. */
export function figuresOf(scores: readonly Score[]): readonly FigureName[] {
  return TABLE_FIGURES.filter((name) => scores.some((score) => FIGURES[name].of(score) !== null));
}

/** Heads of the columns that {@link scoreCells} fills. */
export function scoreHeads(names: readonly FigureName[]): readonly string[] {
  return ["found / true", "false", ...names.map((name) => FIGURES[name].title)];
}

/** A score as cells: found of true, false ones, then the figures. */
export function scoreCells(score: Score, names: readonly FigureName[]): readonly string[] {
  const { found, truth, reported } = score;
  return [`${found} / ${truth}`, String(reported - found), ...names.map((name) => figureText(name, score))];
}
