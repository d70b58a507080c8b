/**
 * `ostwald analyze FILE|DIR... --out FILE`: analyses what has been recorded, and writes a table.
 *
 * @module
 */
import type { Command } from "commander";
import { inspectImage } from "../../stream/decode/resolve.js";
import { startAnalyzers } from "../analyzer/pool.js";
import { analyzerOptions, CONFIG_GROUPS, supervisionLimits } from "../config/schema.js";
import { createLog } from "../observe/log.js";
import { outputFormat } from "./analyze/output.js";
import { analyzeInputs } from "./analyze/run.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import type { ExitCode } from "./exit-codes.js";
import { addConfigFlags, configFrom } from "./flags.js";
import type { CliIo } from "./io.js";

export function addAnalyze(program: Command, { io, run }: CliContext): void {
  const command = program
    .command("analyze")
    .description("Analyse image files that are there, without a daemon, and write sizes and shapes of all particles.")
    .argument("<path...>", "image files, or folders of them")
    .requiredOption(
      "--out <file>",
      "where results go: .csv (one row a particle) or .json (also statistics and provenance)",
    )
    .option("--outlines", "the outline of each particle too, in px (.json only)");
  addConfigFlags(command, [
    ...CONFIG_GROUPS.analysis,
    ...CONFIG_GROUPS.computing,
    "frameDeadlineMs",
    "analyzerSilenceMs",
    "analyzerMemoryMb",
    ...CONFIG_GROUPS.reading,
    "recursive",
    ...CONFIG_GROUPS.log,
  ]);
  command
    .addHelpText(
      "after",
      examplesText([
        ["ostwald analyze run-7 --out sizes.csv", "all images of a folder"],
        ["ostwald analyze movie.tif --out movie.json --outlines", "all pages of a file, with outlines"],
        ["ostwald analyze run-7 --segmenter threshold --min-area-px2 500 --out sizes.csv", "Otsu instead of the model"],
      ]),
    )
    .action((paths: readonly string[]) => run(analyze(paths, command, io)));
}

async function analyze(paths: readonly string[], command: Command, io: CliIo): Promise<ExitCode> {
  const { out, outlines = false } = command.opts<{ readonly out: string; readonly outlines?: boolean }>();
  const config = await configFrom(command);
  const format = outputFormat(out, outlines);
  const log = createLog({ level: config.logLevel, format: config.logFormat, write: io.stderr });
  return analyzeInputs({
    paths,
    config,
    output: { path: out, format, outlines },
    inspect: (source) => inspectImage(source, config),
    openAnalyzer: () =>
      startAnalyzers({
        count: config.analyzers,
        analyzer: analyzerOptions(config),
        limits: supervisionLimits(config),
        log,
      }),
    io,
  });
}
