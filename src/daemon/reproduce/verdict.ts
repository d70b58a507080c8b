/**
 * The rows of the table with their verdicts.
 *
 * @module
 */
import { type Measurement, type Standing, standingOf } from "./goals.js";
import { resultOf, type SetResult } from "./measure.js";
import { METHODS, type MethodId } from "./methods.js";
import { ROWS, type Row } from "./rows.js";

/** How a row ended. Without a goal it is `reported`. */
export type Verdict = "pass" | "fail" | "reported" | "skipped";

/** A row, measured. */
export interface JudgedRow {
  readonly row: Row;
  readonly verdict: Verdict;
  readonly standings: readonly Standing[];
  /** `null` where it was skipped. */
  readonly measurement: Measurement | null;
  /** Why it was skipped. */
  readonly skipped: string | null;
}

/** Which rows `--only` and `--method` ask for. */
export interface Selection {
  /** Row names or their beginnings; empty for all. */
  readonly only: readonly string[];
  readonly methods: readonly MethodId[];
}

/** The rows of a selection. */
export function selectedRows({ only, methods }: Selection): readonly Row[] {
  return ROWS.filter(
    ({ id, method }) => methods.includes(method) && (only.length === 0 || only.some((start) => id.startsWith(start))),
  );
}

/** All rows with what was measured for them. */
export function judgedRows(rows: readonly Row[], sets: readonly SetResult[]): readonly JudgedRow[] {
  return rows.map((row) => {
    const set = sets.find(({ id }) => id === row.set);
    const result = set === undefined ? null : resultOf(set, row.method);
    if (result === null) {
      const skipped = set?.skipped ?? "not measured";
      return { row, verdict: "skipped", standings: [], measurement: null, skipped };
    }
    const { measurement } = result;
    const standings = row.goals.map((goal) => standingOf(goal, measurement));
    return { row, verdict: verdictOf(standings), standings, measurement, skipped: null };
  });
}

function verdictOf(standings: readonly Standing[]): Verdict {
  if (standings.length === 0) return "reported";
  return standings.every(({ pass }) => pass) ? "pass" : "fail";
}

/** How many rows ended how, in words: `12 pass, 3 fail, 2 skipped, 6 reported without a goal`. */
export function verdictText(rows: readonly JudgedRow[]): string {
  const count = (verdict: Verdict) => rows.filter((row) => row.verdict === verdict).length;
  return `${count("pass")} pass, ${count("fail")} fail, ${count("skipped")} skipped, ${count("reported")} reported without a goal`;
}

/** The title of a method. */
export function methodTitle(id: MethodId): string {
  return METHODS.find((method) => method.id === id)?.title ?? id;
}
