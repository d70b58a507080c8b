/**
 * `ostwald runs`: what has been recorded.
 *
 * @module
 */
import type { Command } from "commander";
import type { ReadableLedger } from "../ledger/open-to-read.js";
import type { RunSummary } from "../ledger/records.js";
import { runSizes } from "../ledger/run-sizes.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import type { ExitCode } from "./exit-codes.js";
import { EXIT_CODES } from "./exit-codes.js";
import type { CliIo } from "./io.js";
import { addLedgerFlags, ledgersFrom } from "./ledgers.js";

export function addRuns(program: Command, { io, run }: CliContext): void {
  const command = program.command("runs").description("List the runs that have been recorded.");
  addLedgerFlags(command)
    .option("--json", "as JSON, for scripts")
    .addHelpText(
      "after",
      examplesText([
        ["ostwald runs", "all runs of all ledgers"],
        ["ostwald runs --dir /data/run-7", "those of one watched folder"],
        ["ostwald runs --ledger gold.ledger --json", "for a script"],
      ]),
    )
    .action(() => run(runs(command, io)));
}

async function runs(command: Command, io: CliIo): Promise<ExitCode> {
  const { json = false } = command.opts<{ readonly json?: boolean }>();
  const ledgers = ledgersFrom(command);
  io.stdout(json ? `${JSON.stringify(ledgers.map(listed), null, 2)}\n` : ledgers.map(ledgerText).join("\n"));
  if (ledgers.length === 0 && !json)
    io.stdout("Nothing has been recorded. `ostwald watch DIR` records what it analyses.\n");
  return EXIT_CODES.ok;
}

function listed({ path, database, reader }: ReadableLedger): object {
  const runsOfLedger = reader
    .runs()
    .map(({ configuration: _, ...run }) => ({ ...run, sizes: runSizes(database, { ...run, configuration: "" }) }));
  return { ledger: path, runs: runsOfLedger };
}

const HEADERS = ["run", "name", "started", "ended", "frames", "particles", "median ECD", "notes"] as const;

function ledgerText({ path, database, reader }: ReadableLedger): string {
  const rows = reader.runs().map((run) => {
    const { median, lengthUnit } = runSizes(database, run);
    return [
      ...rowOf(run),
      median === null ? "" : `${median.toPrecision(4)} ${lengthUnit}`,
      run.notes.split("\n", 1)[0] ?? "",
    ];
  });
  if (rows.length === 0) return `${path}\n  no runs\n`;
  const table = [HEADERS as readonly string[], ...rows];
  const widths = HEADERS.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd());
  return `${path}\n${lines.join("\n")}\n`;
}

function rowOf({
  id,
  name,
  startedAtMs,
  endedAtMs,
  committed,
  rejected,
  dropped,
  particles,
}: RunSummary): readonly string[] {
  const unusable = rejected + dropped === 0 ? "" : ` (+${rejected + dropped})`;
  const ended = endedAtMs === null ? "goes on" : timeText(endedAtMs);
  return [String(id), name, timeText(startedAtMs), ended, `${committed}${unusable}`, String(particles)];
}

/** `2026-11-24 21:30:00`, in UTC as all times of Ostwald. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
