/**
 * Figures of a score as people read them: name, value, text. Tables, JSON and goals refer to them by key.
 *
 * @module
 */
import type { Score } from "../evaluation/score.js";

/** One figure. */
export interface Figure {
  /** Head of its column. */
  readonly title: string;
  readonly of: (score: Score) => number | null;
  /** The value as text; {@link figureText} writes what is `null`. */
  readonly text: (value: number) => string;
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
const signedPercent = (value: number): string => `${value > 0 ? "+" : ""}${(100 * value).toFixed(2)} %`;
const fraction = (value: number): string => value.toFixed(3);

/** Every figure that a score has. */
export const FIGURES = {
  recall: { title: "recall", of: ({ recall }) => recall, text: percent },
  precision: { title: "precision", of: ({ precision }) => precision, text: percent },
  f1: { title: "F1", of: ({ f1 }) => f1, text: fraction },
  meanIou: { title: "mean IoU", of: ({ meanIou }) => meanIou, text: fraction },
  ap50: { title: "AP50", of: ({ ap50 }) => ap50, text: fraction },
  ap50To95: { title: "AP50-95", of: ({ ap50To95 }) => ap50To95, text: fraction },
  pixelAccuracy: { title: "pixel accuracy", of: ({ pixelAccuracy }) => pixelAccuracy, text: percent },
  pixelIou: { title: "pixel IoU", of: ({ pixelIou }) => pixelIou, text: fraction },
  countError: { title: "count error", of: ({ countError }) => countError, text: percent },
  falsePerFrame: {
    title: "false a frame",
    of: ({ falsePerFrame }) => falsePerFrame,
    text: (value) => value.toFixed(2),
  },
  falseShare: {
    title: "false share",
    of: ({ precision }) => (precision === null ? null : 1 - precision),
    text: percent,
  },
  ecdBias: { title: "ECD bias", of: ({ ecdBias }) => ecdBias, text: signedPercent },
  ecdSpread: { title: "ECD spread", of: ({ ecdSpread }) => ecdSpread, text: percent },
  boundaryAreaBias: {
    title: "boundary/area against formula",
    of: ({ boundaryAreaBias }) => boundaryAreaBias,
    text: signedPercent,
  },
  f1ByCentre: { title: "F1 by centre", of: ({ byCentre }) => byCentre.f1, text: fraction },
} as const satisfies Readonly<Record<string, Figure>>;
export type FigureName = keyof typeof FIGURES;

/** The columns of every table of scores, in order. */
export const TABLE_FIGURES = [
  "precision",
  "recall",
  "f1",
  "meanIou",
  "ap50",
  "ap50To95",
  "f1ByCentre",
  "pixelAccuracy",
  "pixelIou",
  "countError",
  "ecdBias",
  "ecdSpread",
] as const satisfies readonly FigureName[];

/** A figure of a score as text; `-` where there is none. */
export function figureText(name: FigureName, score: Score): string {
  const figure: Figure = FIGURES[name];
  const value = figure.of(score);
  return value === null ? "-" : figure.text(value);
}
