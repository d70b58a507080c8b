/**
 * The work of `evaluate`: every image recognised and compared with its truth.
 *
 * @module
 */
import { FrameRejectedError } from "../../../stream/base/frame.js";
import { systemClock } from "../../../stream/flow/clock.js";
import { toGreyImage } from "../../analysis/intensity.js";
import { Recogniser } from "../../analyzer/recogniser.js";
import { readPackage } from "../../config/package.js";
import type { Config } from "../../config/schema.js";
import { analysisSettings, analyzerOptions } from "../../config/schema.js";
import { type FrameJudgement, judgeFrame } from "../../evaluation/judge.js";
import { scoreOf } from "../../evaluation/score.js";
import { writeWhole } from "../../export/atomic-file.js";
import type { Html } from "../../report/html.js";
import { readModelIdentity } from "../../segment/manifest.js";
import type { ImagePair, LeftOut, Sample } from "../../truth/images.js";
import { listImages, readSample } from "../../truth/images.js";
import type { TruthChoice } from "../../truth/open-truth.js";
import { UsageError } from "../errors.js";
import type { ExitCode } from "../exit-codes.js";
import { EXIT_CODES } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { createProgress } from "../progress.js";
import { MOST_PICTURES, plateOf, resultPage } from "./report.js";
import { type EvaluationResult, type ImageResult, resultJson, resultText } from "./result.js";

export interface EvaluateRun {
  readonly images: string;
  readonly truth: string;
  readonly truthFormat: TruthChoice;
  readonly json: string | null;
  readonly html: string | null;
  readonly config: Config;
  readonly io: CliIo;
}

/** An image that was judged. */
interface Judged {
  readonly result: ImageResult;
  readonly judgement: FrameJudgement;
  readonly plate: Html | null;
}

/** Evaluates all images and tells the result. Raises what makes a result impossible; files that are unusable are reported in it. */
export async function evaluateImages(run: EvaluateRun): Promise<ExitCode> {
  const { io } = run;
  const { pairs, leftOut } = await listImages(run.images, run.truth, run.truthFormat);
  const recogniser = new Recogniser(analyzerOptions(run.config), (note) => io.stderr(`note: ${note}\n`));
  try {
    const judged: Judged[] = [];
    const left: LeftOut[] = [...leftOut];
    const progress = createProgress(pairs.length, io, systemClock);
    for (const pair of pairs) {
      if (io.stop.aborted) return interrupted(io);
      const outcome = await judgePair(pair, run, recogniser, judged.length < MOST_PICTURES);
      if ("reason" in outcome) left.push(outcome);
      else judged.push(outcome);
      progress.step();
    }
    progress.end();
    refuseNothing(judged, left);
    await tell(await resultOf(judged, left, run, recogniser), judged, run);
    return left.length > 0 ? EXIT_CODES.incomplete : EXIT_CODES.ok;
  } finally {
    await recogniser.close();
  }
}

function interrupted(io: CliIo): ExitCode {
  io.stderr("Interrupted: nothing was written.\n");
  return EXIT_CODES.interrupted;
}

async function judgePair(
  pair: ImagePair,
  run: EvaluateRun,
  recogniser: Recogniser,
  isShown: boolean,
): Promise<Judged | LeftOut> {
  const sample = await readSample(pair);
  if ("reason" in sample) return sample;
  try {
    return await judgeSample(pair, sample, { recogniser, run, isShown });
  } catch (error) {
    // A frame of NaN, or one too large for the GPU.
    if (error instanceof FrameRejectedError) return { file: pair.image.name, reason: error.message };
    throw error;
  }
}

interface Workplace {
  readonly recogniser: Recogniser;
  readonly run: EvaluateRun;
  readonly isShown: boolean;
}

async function judgeSample(
  { image, entry }: ImagePair,
  { frame, truth }: Sample,
  { recogniser, run, isShown }: Workplace,
): Promise<Judged> {
  const settings = analysisSettings(run.config);
  const { grey } = toGreyImage(frame, { ...settings, stream: null });
  const found = await recogniser.found(await recogniser.filtered(grey, settings), frame, settings);
  const judgement = judgeFrame(found, truth);
  const result: ImageResult = {
    image: image.name,
    truth: entry.name,
    comparedBy: truth.kind,
    score: scoreOf([judgement]),
  };
  const plate = run.html !== null && isShown ? await plateOf(result, grey, { truth, found, judgement }) : null;
  return { result, judgement, plate };
}

function refuseNothing(judged: readonly Judged[], left: readonly LeftOut[]): void {
  if (judged.length > 0) return;
  const [first] = left;
  throw new UsageError({
    received: `no image that can be evaluated${first === undefined ? "" : ` (${first.file}: ${first.reason})`}`,
    expected: "at least one image with its truth",
    remedy: "Correct the files, or name other folders.",
  });
}

async function resultOf(
  judged: readonly Judged[],
  leftOut: readonly LeftOut[],
  { config }: EvaluateRun,
  recogniser: Recogniser,
): Promise<EvaluationResult> {
  const settings = analysisSettings(config);
  const usesModel = settings.segmenter === "mask-rcnn";
  return {
    version: readPackage().version,
    createdAt: new Date().toISOString(),
    settings,
    model: usesModel ? await readModelIdentity(analyzerOptions(config).manifestPath) : null,
    segmenter: await recogniser.describe(settings.segmenter),
    images: judged.map(({ result }) => result),
    total: scoreOf(judged.map(({ judgement }) => judgement)),
    leftOut,
  };
}

async function tell(
  result: EvaluationResult,
  judged: readonly Judged[],
  { io, json, html }: EvaluateRun,
): Promise<void> {
  io.stdout(resultText(result));
  if (json !== null) await writeWhole(json, resultJson(result));
  const plates = judged.flatMap(({ plate }) => (plate === null ? [] : [plate]));
  if (html !== null) await writeWhole(html, resultPage(result, plates));
}
