/**
 * What an evaluation comes to, and how it is told: as a table and as JSON.
 *
 * @module
 */
import type { AnalysisSettings } from "../../../stream/base/settings.js";
import type { Score } from "../../evaluation/score.js";
import { figuresOf, scoreCells, scoreHeads } from "../../report/score-table.js";
import { textTable } from "../../report/text-table.js";
import type { LeftOut } from "../../truth/images.js";

/** Version of the JSON file's layout; a change that breaks a reader raises it. */
const JSON_VERSION = 1;

/** One image with its figures. */
export interface ImageResult {
  readonly image: string;
  readonly truth: string;
  /** Whether masks or boxes were compared. */
  readonly comparedBy: "masks" | "boxes";
  readonly score: Score;
}

export interface EvaluationResult {
  /** Of Ostwald. */
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly settings: AnalysisSettings;
  readonly model: { readonly file: string; readonly sha256: string } | null;
  /** What segmented: `CPUExecutionProvider, first.onnx (50a49aaf)`. */
  readonly segmenter: string;
  readonly images: readonly ImageResult[];
  /** Over all images together. */
  readonly total: Score;
  readonly leftOut: readonly LeftOut[];
}

/** A row an image, and one for all. */
export function resultTable({ images, total }: EvaluationResult): readonly (readonly string[])[] {
  const names = figuresOf([total, ...images.map(({ score }) => score)]);
  return [
    ["image", "by", ...scoreHeads(names)],
    ...images.map(({ image, comparedBy, score }) => [image, comparedBy, ...scoreCells(score, names)]),
    ["all", "", ...scoreCells(total, names)],
  ];
}

/** The result for a terminal. */
export function resultText(result: EvaluationResult): string {
  const { segmenter, settings, leftOut } = result;
  const lines = leftOut.map(({ file, reason }) => `left out ${file}: ${reason}\n`);
  return `${textTable(resultTable(result), [0, 1])}\n${segmenter}, filter ${settings.filter}\n${lines.join("")}`;
}

/** The result for scripts. Fractions are 0..1; what the truth does not allow is null. */
export function resultJson(result: EvaluationResult): string {
  return `${JSON.stringify({ formatVersion: JSON_VERSION, ...result }, null, 2)}\n`;
}
