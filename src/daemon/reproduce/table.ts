/**
 * The result as tables of cells, as text and as JSON.
 *
 * @module
 */
import type { Score } from "../evaluation/score.js";
import { figuresOf, scoreCells, scoreHeads } from "../report/score-table.js";
import { textTable } from "../report/text-table.js";
import { FRAME_SETS } from "./frame-sets.js";
import type { MethodResult, SetResult } from "./measure.js";
import { type JudgedRow, methodTitle, verdictText } from "./verdict.js";

/** Version of the JSON file's layout; a change that breaks a reader raises it. */
const JSON_VERSION = 1;

/** What the result was made with. */
export interface Provenance {
  /** Of Ostwald. */
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Simulated frames of each scene, and the seed of the first. */
  readonly frames: number;
  readonly seed: number;
  /** The model's file and hash; `null` where none took part. */
  readonly model: { readonly file: string; readonly sha256: string } | null;
  /** What computed it: `CPUExecutionProvider, first.onnx (50a49aaf)`. */
  readonly computedBy: string;
}

export interface Reproduction {
  readonly provenance: Provenance;
  readonly rows: readonly JudgedRow[];
  readonly sets: readonly SetResult[];
}

/** Why rows were skipped, each reason once. */
export function skippedReasons(rows: readonly JudgedRow[]): readonly string[] {
  return [...new Set(rows.flatMap(({ skipped }) => (skipped === null ? [] : [skipped])))];
}

/** The table of rows: name, case, method, the paper's value, ours with its goal, verdict; then the figures. */
export function rowTable(rows: readonly JudgedRow[]): readonly (readonly string[])[] {
  const names = figuresOf(scoresOf(rows));
  return [
    ["row", "from", "case", "method", "paper", "ours (goal)", "verdict", ...scoreHeads(names)],
    ...rows.map((judged) => {
      const { row, verdict, measurement } = judged;
      const figures = measurement === null ? scoreHeads(names).map(() => "") : scoreCells(measurement.score, names);
      const { title } = FRAME_SETS[row.set];
      return [
        row.id,
        row.source,
        title,
        methodTitle(row.method),
        row.paper ?? "",
        oursText(judged),
        verdictWord(verdict),
        ...figures,
      ];
    }),
  ];
}

/** Each figure that has a goal: `recall 98.5 % (>= 100.0 %)`. */
export function oursText({ standings }: JudgedRow): string {
  return standings.map(({ title, ours, goal }) => `${title} ${ours} (${goal})`).join("; ");
}

function verdictWord(verdict: JudgedRow["verdict"]): string {
  return verdict === "fail" || verdict === "skipped" ? verdict.toUpperCase() : verdict;
}

function scoresOf(rows: readonly JudgedRow[]): readonly Score[] {
  return rows.flatMap(({ measurement }) => (measurement === null ? [] : [measurement.score]));
}

/** Everything that was measured: a row a set and method. */
export function gridTable(sets: readonly SetResult[]): readonly (readonly string[])[] {
  const all = sets.flatMap((set) =>
    set.skipped === null ? set.results.map((result) => ({ title: set.set.title, result })) : [],
  );
  const names = figuresOf(all.map(({ result }) => result.measurement.score));
  return [
    ["case", "method", ...scoreHeads(names)],
    ...all.map(({ title, result }) => [title, result.method.title, ...scoreCells(result.measurement.score, names)]),
  ];
}

/** The whole result for a terminal. */
export function reproductionText({ provenance, rows, sets }: Reproduction): string {
  const notes = [...new Set(rows.flatMap(({ row }) => (row.note === undefined ? [] : [`${row.id}: ${row.note}.\n`])))];
  const skipped = skippedReasons(rows).map((reason) => `SKIPPED: ${reason}\n`);
  const { computedBy, frames, seed } = provenance;
  return [
    "The paper's table (Zhang et al., arXiv 2409.16637) and this project's own goals\n\n",
    textTable(rowTable(rows), [0, 1, 2, 3, 4, 5, 6]),
    "\nEvery case by every method\n\n",
    textTable(gridTable(sets), [0, 1]),
    `\n${computedBy}; ${frames} simulated frames a scene from seed ${seed}\n`,
    ...notes,
    ...skipped,
    `${verdictText(rows)}\n`,
  ].join("");
}

/** The whole result for scripts. Fractions are 0..1; a figure that does not exist is `null`. */
export function reproductionJson({ provenance, rows, sets }: Reproduction): string {
  const records = rows.map(({ row, verdict, standings, measurement, skipped }) => {
    const { id, source, set, method, paper, goals, note = null } = row;
    const ours = standings.map(({ figure, value, pass }, i) => ({ ...goals[i], figure, ours: value, pass }));
    return { id, source, case: set, method, paper, goals: ours, verdict, skipped, note, ...measurement };
  });
  const cases = sets.map((set) => ({
    case: set.id,
    title: set.set.title,
    skipped: set.skipped,
    methods: set.skipped === null ? set.results.map(methodRecord) : [],
  }));
  return `${JSON.stringify({ formatVersion: JSON_VERSION, provenance, rows: records, cases }, null, 2)}\n`;
}

function methodRecord({ method, measurement }: MethodResult): object {
  return { method: method.id, settings: method.settings, ...measurement };
}
