/**
 * The way of a frame inside the analyzer: decode > clean > filter > segment > measure.
 *
 * @module
 */
import { LevelKernels } from "../../shaders/cpu/level-kernels.js";
import { createFrameFilter } from "../../shaders/create-filter.js";
import type { FrameFilter } from "../../shaders/filter.js";
import type { StageTimesMs } from "../../stream/base/analysis.js";
import type { Detection } from "../../stream/base/detection.js";
import type { Frame } from "../../stream/base/frame.js";
import { FrameRejectedError } from "../../stream/base/frame.js";
import type { SegmenterName } from "../../stream/base/settings.js";
import { pixelSizeNmFrom } from "../../stream/base/units.js";
import type { ReadOptions } from "../../stream/decode/format.js";
import { frameFromPixels } from "../../stream/decode/pixels.js";
import { decodeImage } from "../../stream/decode/resolve.js";
import { readPayload } from "../../stream/source/folder/read-frame.js";
import type { FramePayload } from "../../stream/source/source.js";
import { backgroundSnr } from "../analysis/background.js";
import { frameLevels } from "../analysis/frame-levels.js";
import type { CleanFrame } from "../analysis/intensity.js";
import { toGreyImage } from "../analysis/intensity.js";
import { measureParticles } from "../analysis/measure.js";
import { renderPreview } from "../analysis/preview.js";
import { frameStatistics } from "../analysis/statistics.js";
import { type DenoisedFrame, denoise } from "../denoise/denoise.js";
import { openUnet, type Unet } from "../denoise/unet.js";
import { levelCounts } from "../segment/level-counts.js";
import { createMaskRcnnSegmenter } from "../segment/mask-rcnn.js";
import type { Segmenter } from "../segment/segmenter.js";
import { createThresholdSegmenter } from "../segment/threshold.js";
import type { AnalysisOut, AnalyzerOptions, AnalyzerReady, FrameAnalysis, FrameIn, Preview } from "./messages.js";

/** A live picture larger than this is more than a screen shows. */
const PREVIEW_EDGE_PX = 1_024;

export interface Pipeline {
  readonly ready: Omit<AnalyzerReady, "op">;
  /** Reads and decodes a frame; may run while others are analysed, as reading and inflating happen on other threads. */
  decode(frame: FrameIn): Promise<DecodedFrame>;
  /**
   * Analyses frames that share their settings; result `i` belongs to frame `i`. A frame that cannot be used is an outcome;
   * raises only what makes the pipeline itself unusable.
   */
  analyze(batch: readonly DecodedFrame[]): Promise<readonly AnalysisOut[]>;
}

/** A frame on its way, or why it goes no further. */
export interface DecodedFrame {
  readonly frameIn: FrameIn;
  readonly decoded: Decoded | FrameRejectedError;
}

interface Decoded {
  readonly frame: Frame;
  readonly clean: CleanFrame;
  /** From the arrival of the frame, waiting for the processor included. */
  readonly decodeMs: number;
}

/** Everything that computes, made once a process. */
interface Engine {
  readonly filter: FrameFilter;
  readonly unet: Unet;
  readonly levels: LevelKernels;
  readonly segmenters: Readonly<Record<SegmenterName, Segmenter>>;
}

/** Loads model and kernels. Raises GpuError, WasmUnavailableError, ModelError and what else makes the options unusable. */
export async function createPipeline(options: AnalyzerOptions): Promise<Pipeline> {
  const { filter, notes: filterNotes } = await createFrameFilter({ gpu: options.gpu, threads: options.filterThreads });
  const unet = await openUnet({
    manifestPath: options.denoiserPath,
    provider: options.provider,
    threads: options.inferenceThreads,
  });
  const maskRcnn = await createMaskRcnnSegmenter({
    manifestPath: options.manifestPath,
    provider: options.provider,
    threads: options.inferenceThreads,
  });
  const levels = await LevelKernels.load();
  const engine: Engine = {
    filter,
    unet,
    levels,
    segmenters: { "mask-rcnn": maskRcnn.segmenter, threshold: createThresholdSegmenter(levels) },
  };
  return {
    ready: {
      filterBackend: filter.backend.description,
      segmenterBackend: maskRcnn.segmenter.backend.description,
      model: maskRcnn.segmenter.backend.model,
      batchLimit: maskRcnn.segmenter.batchLimit,
      notes: [...new Set([...filterNotes, ...unet.notes, ...maskRcnn.notes])],
    },
    decode: async (frameIn) => ({ frameIn, decoded: await decode(frameIn, options) }),
    analyze: (batch) => analyzeTogetherOrSingly(engine, batch),
  };
}

/** A frame that a filter or segmenter refuses (too large for the GPU, say) is rejected alone; the others of its batch are not. */
async function analyzeTogetherOrSingly(
  engine: Engine,
  batch: readonly DecodedFrame[],
): Promise<readonly AnalysisOut[]> {
  try {
    return await analyzeBatch(engine, batch);
  } catch (error) {
    if (!(error instanceof FrameRejectedError)) throw error;
    const [only] = batch;
    if (only !== undefined && batch.length === 1) return [rejection(only.frameIn, error)];
    const outs: AnalysisOut[] = [];
    for (const frame of batch) outs.push(...(await analyzeTogetherOrSingly(engine, [frame])));
    return outs;
  }
}

async function analyzeBatch(engine: Engine, batch: readonly DecodedFrame[]): Promise<readonly AnalysisOut[]> {
  const settings = batch[0]?.frameIn.settings;
  if (settings === undefined) return [];
  const noisy = batch.flatMap(({ frameIn: { sigmaBefore }, decoded }) =>
    isDecoded(decoded) ? [{ ...decoded.clean, sigmaBefore }] : [],
  );
  const denoised = await timed(() =>
    denoise({ filter: engine.filter, unet: async () => engine.unet }, noisy, settings),
  );
  const filtered = denoised.value.map((frame) => frame.filtered);
  const segmenter = engine.segmenters[settings.segmenter];
  const detections = await timed(() => segmenter.segment(filtered, settings));
  const share = Math.max(1, noisy.length);
  let next = 0;
  return batch.map(({ frameIn, decoded }) => {
    if (!isDecoded(decoded)) return rejection(frameIn, decoded);
    const position = next++;
    const analysis = measure(engine, frameIn, {
      decoded,
      denoised: denoised.value[position] ?? { filtered: decoded.clean.grey, noise: null, nlmH: null },
      detections: detections.value[position] ?? [],
      stageTimesMs: {
        decode: decoded.decodeMs,
        filter: denoised.ms / share,
        segment: detections.ms / share,
        measure: 0,
      },
      computedBy: {
        filter: `${settings.filter}, ${(settings.filter === "unet" ? engine.unet : engine.filter.backend).description}`,
        segmenter: segmenter.backend.description,
      },
      model: segmenter.backend.model,
      batchFrames: batch.length,
    });
    return { op: "analysed", seq: frameIn.seq, analysis };
  });
}

function isDecoded(result: Decoded | FrameRejectedError): result is Decoded {
  return !(result instanceof FrameRejectedError);
}

async function decode(frameIn: FrameIn, options: ReadOptions): Promise<Decoded | FrameRejectedError> {
  const startMs = performance.now();
  try {
    const frame = await frameOf(frameIn.payload, options);
    const clean = toGreyImage(frame, { ...frameIn.settings, stream: frameIn.displayRange });
    return { frame, clean, decodeMs: performance.now() - startMs };
  } catch (error) {
    if (error instanceof FrameRejectedError) return error;
    throw error;
  }
}

async function frameOf(payload: FramePayload, options: ReadOptions): Promise<Frame> {
  switch (payload.kind) {
    case "file":
      return readPayload(payload, options);
    case "bytes":
      return decodeImage(payload.bytes);
    case "pixels":
      return frameFromPixels(payload);
  }
}

/** What is known about a frame before it is measured. */
interface Segmented {
  readonly decoded: Decoded;
  readonly denoised: DenoisedFrame;
  readonly detections: readonly Detection[];
  readonly stageTimesMs: StageTimesMs;
  readonly computedBy: FrameAnalysis["computedBy"];
  readonly model: FrameAnalysis["model"];
  readonly batchFrames: number;
}

function measure(
  { levels }: Engine,
  { settings, previews, wantsOutlines, wantsLevels }: FrameIn,
  segmented: Segmented,
): FrameAnalysis {
  const startMs = performance.now();
  const { decoded, denoised, detections, stageTimesMs, computedBy, model, batchFrames } = segmented;
  const { filtered, noise, nlmH } = denoised;
  const { frame, clean } = decoded;
  const { widthPx, heightPx, acquiredAtMs } = frame;
  const pixelSizeNm = frame.pixelSizeNm ?? pixelSizeNmFrom(settings.pixelSizeNm);
  const { particles, outlines } = measureParticles(detections, frame, settings.minAreaPx2, wantsOutlines);
  const statistics = frameStatistics({
    particles,
    widthPx,
    heightPx,
    pixelSizeNm,
    border: settings.border,
    backgroundSnr: backgroundSnr(frame, detections),
  });
  const raw = levelCounts(clean.grey.levels, levels);
  const intensity = {
    range: clean.range,
    frameRange: clean.frameRange,
    raw,
    filtered: filtered === clean.grey ? raw : levelCounts(filtered.levels, levels),
  };
  const pictures = previews.map(
    (kind): Preview => ({ kind, ...renderPreview(kind === "raw" ? clean.grey : filtered, PREVIEW_EDGE_PX) }),
  );
  return {
    widthPx,
    heightPx,
    pixelSizeNm,
    acquiredAtMs,
    statistics,
    intensity,
    noise,
    nlmH,
    particles,
    outlines,
    previews: pictures,
    ...(wantsLevels ? { levels: frameLevels(clean.grey, filtered) } : {}),
    stageTimesMs: { ...stageTimesMs, measure: performance.now() - startMs },
    computedBy,
    model,
    batchFrames,
  };
}

function rejection({ seq }: FrameIn, { reason, message }: FrameRejectedError): AnalysisOut {
  return { op: "rejected", seq, reason, detail: message };
}

async function timed<Value>(work: () => Promise<Value>): Promise<{ readonly value: Value; readonly ms: number }> {
  const startMs = performance.now();
  return { value: await work(), ms: performance.now() - startMs };
}
