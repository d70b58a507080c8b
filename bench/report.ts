/**
 * What every report says: one row a figure, the same rows in the table and in the JSON.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";

/** A goal for a figure: at least or at most so much. */
export interface Goal {
  readonly relation: ">=" | "<=";
  readonly value: number;
}

export interface Row {
  /** What was measured: `mask-rcnn path, 512 x 512`. */
  readonly case: string;
  /** Which figure of it: `rate`. */
  readonly metric: string;
  /** `null` where it was not measured. */
  readonly value: number | null;
  readonly unit: string;
  readonly goal: string | null;
  /** Computed from value and goal; `null` without a goal or value. */
  readonly pass: boolean | null;
  /** What a user would run instead, and its figure in the same run. */
  readonly peer: string | null;
}

export interface Measured {
  readonly case: string;
  readonly metric: string;
  readonly value: number | null;
  readonly unit: string;
  readonly goal?: Goal;
  readonly peer?: string;
}

/** A row, with its verdict. */
export function row({ goal, peer, ...measured }: Measured): Row {
  return {
    ...measured,
    goal: goal === undefined ? null : `${goal.relation} ${goal.value}`,
    pass: goal === undefined || measured.value === null ? null : isMet(goal, measured.value),
    peer: peer ?? null,
  };
}

function isMet({ relation, value: limit }: Goal, value: number): boolean {
  return relation === ">=" ? value >= limit : value <= limit;
}

/** The rows as a table for a terminal. */
export function tableText(rows: readonly Row[]): string {
  const cells = rows.map((line) => [
    line.case,
    line.metric,
    line.value === null ? "not measured" : `${significant(line.value)} ${line.unit}`,
    line.goal ?? "",
    line.pass === null ? "" : line.pass ? "pass" : "FAIL",
    line.peer ?? "",
  ]);
  const all = [["case", "metric", "value", "goal", "", "peer"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Prints the table; with `--json FILE` among the arguments writes the rows there too. */
export async function report(rows: readonly Row[], args: readonly string[]): Promise<void> {
  process.stdout.write(`${tableText(rows)}\n`);
  const at = args.indexOf("--json");
  const file = at < 0 ? undefined : args[at + 1];
  if (file !== undefined) await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
}

function significant(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Median of at least one figure. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Smallest and largest, as `12.1..13.4`. */
export function spread(figures: readonly number[]): string {
  return `${significant(Math.min(...figures))}..${significant(Math.max(...figures))}`;
}
