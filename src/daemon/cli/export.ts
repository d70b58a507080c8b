/**
 * `ostwald export RUN --format NAME --out FILE`: a recorded run as a file for other programs.
 *
 * @module
 */
import type { Command } from "commander";
import { Option } from "commander";
import type { RunFormat } from "../export/run/export-run.js";
import { exportRun, RUN_FORMATS } from "../export/run/export-run.js";
import type { TableName } from "../export/run/tables.js";
import { TABLE_NAMES } from "../export/run/tables.js";
import type { FoundRun } from "../ledger/open-to-read.js";
import { findRun } from "../ledger/open-to-read.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import { UsageError } from "./errors.js";
import type { ExitCode } from "./exit-codes.js";
import { EXIT_CODES } from "./exit-codes.js";
import type { CliIo } from "./io.js";
import { addLedgerFlags, ledgersFrom } from "./ledgers.js";

interface ExportFlags {
  readonly format: RunFormat;
  readonly out: string;
  readonly table?: TableName;
}

export function addExport(program: Command, { io, run }: CliContext): void {
  const command = program
    .command("export")
    .description("Write a recorded run into a file, also while the next one is recorded.")
    .argument("<run>", "its number or name, or latest")
    .addOption(new Option("--format <name>", "format of the file").choices([...RUN_FORMATS]).makeOptionMandatory())
    .requiredOption("--out <file>", "where it goes")
    .addOption(
      new Option("--table <name>", "which table, for parquet and csv (default: particles)").choices([...TABLE_NAMES]),
    );
  addLedgerFlags(command)
    .addHelpText(
      "after",
      examplesText([
        ["ostwald export latest --format parquet --out run.parquet", "every particle of the run that was begun last"],
        ["ostwald export 3 --format csv --table frames --out frames.csv", "a row a frame"],
        ["ostwald export heating --format coco --out masks.json", "masks, of a run recorded with --keep-outlines"],
      ]),
    )
    .action((wanted: string) => run(exportOne(wanted, command, io)));
}

async function exportOne(wanted: string, command: Command, io: CliIo): Promise<ExitCode> {
  const { format, out, table } = command.opts<ExportFlags>();
  refuseTable(format, table);
  const found = findRun(ledgersFrom(command), wanted);
  if (format === "coco") refuseWithoutOutlines(found);
  const frames = await exportRun({ found, format, table: table ?? "particles", path: out, signal: io.stop });
  if (frames === null) {
    io.stderr(`Interrupted: ${out} was not written.\n`);
    return EXIT_CODES.interrupted;
  }
  io.stderr(`${found.run.name}: ${frames} ${frames === 1 ? "frame" : "frames"} in ${out}\n`);
  return EXIT_CODES.ok;
}

function refuseTable(format: RunFormat, table: TableName | undefined): void {
  if (table === undefined || format === "parquet" || format === "csv") return;
  throw new UsageError({
    received: `--table ${table} with --format ${format}`,
    expected: "a table for parquet or csv; json and coco have a form of their own",
    remedy: "Leave --table out.",
  });
}

function refuseWithoutOutlines({ ledger, run }: FoundRun): void {
  if (ledger.reader.hasOutlines(run)) return;
  throw new UsageError({
    received: `masks of ${run.name}, of which no outlines were kept`,
    expected: "a run that was recorded with --keep-outlines",
    remedy: "Record with it; the particles themselves can be exported in the other formats.",
  });
}
