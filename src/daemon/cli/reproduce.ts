/**
 * `ostwald reproduce`: the table of the paper that this project implements, measured anew.
 *
 * @module
 */
import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { systemClock } from "../../stream/flow/clock.js";
import { Recogniser } from "../analyzer/recogniser.js";
import { describeOptions } from "../config/describe.js";
import { PACKAGE_DIR, readPackage } from "../config/package.js";
import { analyzerOptions, type Config } from "../config/schema.js";
import { COMMAND_LINE, validateOptions } from "../config/validate.js";
import { writeWhole } from "../export/atomic-file.js";
import { METHODS, type Method, type MethodId } from "../reproduce/methods.js";
import { reproductionPage } from "../reproduce/page.js";
import { ROWS, type Row } from "../reproduce/rows.js";
import { countFrames, measureSets, openSets } from "../reproduce/run.js";
import { type Provenance, type Reproduction, reproductionJson, reproductionText } from "../reproduce/table.js";
import { judgedRows, selectedRows } from "../reproduce/verdict.js";
import { readModelIdentity } from "../segment/manifest.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import { UsageError } from "./errors.js";
import type { ExitCode } from "./exit-codes.js";
import { EXIT_CODES } from "./exit-codes.js";
import { addConfigFlags, addFlags, configFrom, givenFlags } from "./flags.js";
import type { CliIo } from "./io.js";
import { createProgress } from "./progress.js";

/** Where the shared real frames lie, from the project's root. */
const SHARED_DATA = join(PACKAGE_DIR, "..", "shared", "data");

export const reproduceSchema = z.strictObject({
  frames: z.int().min(1).max(10_000).describe("simulated frames of each scene"),
  seed: z.int().min(0).describe("seed of the first simulated frame of each scene; those of the next follow"),
});
type ReproduceNumbers = Readonly<z.infer<typeof reproduceSchema>>;

export const DEFAULT_NUMBERS: ReproduceNumbers = Object.freeze({ frames: 20, seed: 7001 });

export function addReproduce(program: Command, { io, run }: CliContext): void {
  const command = program
    .command("reproduce")
    .description("Measure the table of the paper (Zhang et al., arXiv 2409.16637) anew, with its value beside each.")
    .option("--only <row...>", "only these rows, by name or its beginning: fig-3c, table-1")
    .option("--method <name...>", `only these ways of recognition: ${METHODS.map(({ id }) => id).join(", ")}`)
    .option("--data <dir>", "folder of the shared real frames (default: ../shared/data from the project's root)")
    .option("--json <file>", "every row with the paper's value, ours and pass or fail, for scripts")
    .option("--html <file>", "a page with the table, and every case in pictures");
  addFlags(command, "Simulation options:", describeOptions(reproduceSchema, DEFAULT_NUMBERS));
  addConfigFlags(command, ["gpu", "provider", "model", "denoiser", "inferenceThreads", "filterThreads"]);
  command
    .addHelpText(
      "after",
      examplesText([
        ["ostwald reproduce --json table.json --html table.html", "the whole table; takes minutes"],
        ["ostwald reproduce --only fig-3 fig-6 --frames 5", "two figures, on fewer frames"],
        ["ostwald reproduce --method threshold", "what Otsu's threshold does"],
      ]),
    )
    .action(() => run(reproduce(command, io)));
}

interface ReproduceFlags {
  readonly only?: readonly string[];
  readonly method?: readonly string[];
  readonly data?: string;
  readonly json?: string;
  readonly html?: string;
}

async function reproduce(command: Command, io: CliIo): Promise<ExitCode> {
  const flags = command.opts<ReproduceFlags>();
  const config = await configFrom(command);
  const given = givenFlags(command, describeOptions(reproduceSchema, DEFAULT_NUMBERS));
  const numbers = validateOptions(reproduceSchema, DEFAULT_NUMBERS, [{ where: COMMAND_LINE, values: given }]);
  const methods = methodsFrom(flags.method);
  const rows = rowsFrom(flags.only ?? [], methods);
  const reproduction = await measured({ rows, methods, numbers, config, dataDir: flags.data ?? SHARED_DATA }, io);
  if (reproduction === null) return EXIT_CODES.interrupted;
  io.stdout(reproductionText(reproduction));
  if (flags.json !== undefined) await writeWhole(flags.json, reproductionJson(reproduction));
  if (flags.html !== undefined) await writeWhole(flags.html, await reproductionPage(reproduction));
  return reproduction.rows.some(({ verdict }) => verdict === "fail") ? EXIT_CODES.incomplete : EXIT_CODES.ok;
}

function methodsFrom(names: readonly string[] | undefined): readonly MethodId[] {
  const all = METHODS.map(({ id }) => id);
  const unknown = names?.find((name) => !all.some((id) => id === name));
  if (unknown === undefined) return names === undefined ? all : all.filter((id) => names.includes(id));
  throw new UsageError({
    received: `--method ${unknown}`,
    expected: `one or more of ${all.join(", ")}`,
    remedy: "Correct the name.",
  });
}

function rowsFrom(only: readonly string[], methods: readonly MethodId[]): readonly Row[] {
  const without = only.find((start) => !ROWS.some(({ id }) => id.startsWith(start)));
  const rows = selectedRows({ only, methods });
  if (without === undefined && rows.length > 0) return rows;
  throw new UsageError({
    received:
      without === undefined ? "a selection of rows and methods that have nothing in common" : `--only ${without}`,
    expected: `names of rows, or their beginnings: ${[...new Set(ROWS.map(({ id }) => id))].join(", ")}`,
    remedy: "Correct the selection.",
  });
}

interface Task {
  readonly rows: readonly Row[];
  readonly methods: readonly MethodId[];
  readonly numbers: ReproduceNumbers;
  readonly config: Config;
  readonly dataDir: string;
}

/** Measures all rows; `null` when it was interrupted. */
async function measured(task: Task, io: CliIo): Promise<Reproduction | null> {
  const { rows, numbers, config, dataDir } = task;
  const recogniser = new Recogniser(analyzerOptions(config), (note) => io.stderr(`note: ${note}\n`));
  try {
    const opened = await openSets(rows, { ...numbers, dataDir });
    const progress = createProgress(countFrames(opened), io, systemClock);
    const methods = METHODS.filter(({ id }) => task.methods.includes(id));
    const sets = await measureSets(opened, { methods, recogniser, step: progress.step, signal: io.stop });
    progress.end();
    for (const { set, skipped } of sets) if (skipped !== null) io.stderr(`SKIPPED ${set.title}: ${skipped}\n`);
    return { provenance: await provenanceOf(methods, task, recogniser), rows: judgedRows(rows, sets), sets };
  } catch (error) {
    if (!io.stop.aborted) throw error;
    io.stderr("Interrupted: nothing was written.\n");
    return null;
  } finally {
    await recogniser.close();
  }
}

async function provenanceOf(
  methods: readonly Method[],
  { numbers, config }: Task,
  recogniser: Recogniser,
): Promise<Provenance> {
  const segmenters = [...new Set(methods.map(({ settings }) => settings.segmenter))];
  const { manifestPath } = analyzerOptions(config);
  return {
    version: readPackage().version,
    createdAt: new Date().toISOString(),
    ...numbers,
    model: segmenters.includes("mask-rcnn") ? await readModelIdentity(manifestPath) : null,
    computedBy: (await Promise.all(segmenters.map((name) => recogniser.describe(name)))).join("; "),
  };
}
