/**
 * The work of `analyze`: every page through one analyzer, in order into one file.
 *
 * @module
 */
import { particleCount } from "../../../stream/base/particles.js";
import type { FrameSeq } from "../../../stream/base/units.js";
import { systemClock } from "../../../stream/flow/clock.js";
import type { AnalysisOut, AnalyzerReady, FrameIn } from "../../analyzer/messages.js";
import { readPackage } from "../../config/package.js";
import type { Config } from "../../config/schema.js";
import { analysisSettings, analyzerOptions } from "../../config/schema.js";
import type { Provenance, ResultWriter } from "../../export/results.js";
import { readModelIdentity } from "../../segment/manifest.js";
import { UsageError } from "../errors.js";
import type { ExitCode } from "../exit-codes.js";
import { EXIT_CODES } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { createProgress } from "../progress.js";
import { inOrder } from "./in-order.js";
import type { InputPage, Inputs, ListOptions } from "./inputs.js";
import { listInputs } from "./inputs.js";
import type { Output } from "./output.js";
import { openWriter } from "./output.js";
import { Summary } from "./summary.js";

/** Frames at the analyzer at once: a batch that is computed and one that waits. */
const FRAMES_IN_FLIGHT = 16;

/** The part of an analyzer that is used here. */
interface RunAnalyzer {
  ready(): Promise<AnalyzerReady>;
  analyze(frame: FrameIn): Promise<AnalysisOut>;
  close(): Promise<void>;
}

export interface AnalyzeRun {
  readonly paths: readonly string[];
  readonly config: Config;
  readonly output: Output;
  readonly inspect: ListOptions["inspect"];
  readonly openAnalyzer: () => RunAnalyzer;
  readonly io: CliIo;
}

/** Analyses all inputs and writes the results. Raises what makes a result impossible; inputs that are unusable are reported in it. */
export async function analyzeInputs(run: AnalyzeRun): Promise<ExitCode> {
  const { config, output, io } = run;
  const inputs = await listInputs(run.paths, {
    recursive: config.recursive,
    inspect: run.inspect,
  });
  refuseNothing(inputs, run.paths);
  const analyzer = run.openAnalyzer();
  // Frames under way then reject, which ends the loop below.
  const interrupt = (): void => void analyzer.close();
  io.stop.addEventListener("abort", interrupt);
  try {
    const ready = await analyzer.ready();
    for (const note of ready.notes) io.stderr(`note: ${note}\n`);
    const writer = await openWriter(output, await provenanceOf(config, ready));
    return await written(writer, () => writeAll(inputs, { run, analyzer, writer }));
  } catch (error) {
    if (!io.stop.aborted) throw error;
    io.stderr(`Interrupted: ${output.path} was not written.\n`);
    return EXIT_CODES.interrupted;
  } finally {
    io.stop.removeEventListener("abort", interrupt);
    await analyzer.close();
  }
}

function refuseNothing({ pages, rejected }: Inputs, paths: readonly string[]): void {
  if (pages.length + rejected.length > 0) return;
  throw new UsageError({
    received: `${paths.join(", ")}, where there is no file`,
    expected: "image files, or folders of them",
    remedy: "Name another folder, or add --recursive for its subfolders.",
  });
}

async function provenanceOf(config: Config, ready: AnalyzerReady): Promise<Provenance> {
  const settings = analysisSettings(config);
  const usesModel = settings.segmenter === "mask-rcnn";
  return {
    version: readPackage().version,
    createdAt: new Date().toISOString(),
    settings,
    model: usesModel ? await readModelIdentity(analyzerOptions(config).manifestPath) : null,
    computedBy: { filter: ready.filterBackend, segmenter: ready.segmenterBackend },
  };
}

/** Runs `work`; the file appears when it succeeds and leaves no trace when it fails. */
async function written(writer: ResultWriter, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    const exitCode = await work();
    await writer.finish();
    return exitCode;
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

interface Workplace {
  readonly run: AnalyzeRun;
  readonly analyzer: RunAnalyzer;
  readonly writer: ResultWriter;
}

async function writeAll({ pages, rejected }: Inputs, { run, analyzer, writer }: Workplace): Promise<ExitCode> {
  const settings = analysisSettings(run.config);
  const progress = createProgress(pages.length, run.io, systemClock);
  const summary = new Summary();
  for (const input of rejected) {
    summary.addRejected(input);
    await writer.rejected(input);
  }
  const results = inOrder(pages, FRAMES_IN_FLIGHT, async (input, index) => {
    const seq = (index + 1) as FrameSeq;
    return {
      input,
      out: await analyzer.analyze({
        op: "frame",
        seq,
        payload: input.payload,
        settings,
        displayRange: null,
        sigmaBefore: null,
        previews: [],
      }),
    };
  });
  for await (const { input, out } of results) {
    await writeOne(input, out, writer, summary);
    progress.step();
  }
  progress.end();
  run.io.stderr(summary.text(run.output.path));
  return summary.hasRejected ? EXIT_CODES.incomplete : EXIT_CODES.ok;
}

async function writeOne(input: InputPage, out: AnalysisOut, writer: ResultWriter, summary: Summary): Promise<void> {
  const { file, page } = input;
  if (out.op === "analysed") {
    summary.addFrame(particleCount(out.analysis.particles));
    await writer.frame({ file, page, analysis: out.analysis });
  } else {
    const rejected = { file, page, reason: out.reason, detail: out.detail };
    summary.addRejected(rejected);
    await writer.rejected(rejected);
  }
}
