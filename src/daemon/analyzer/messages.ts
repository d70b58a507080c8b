/**
 * What daemon and analyzer say to each other: *frame in*, *analysis out*, and *ready* once at the start. Beside it, on a pipe of its own, the process beats.
 *
 * @module
 */
import type { FrameStatistics, IntensityHistograms, StageTimesMs } from "../../stream/base/analysis.js";
import type { DisplayRange, RejectionReason } from "../../stream/base/frame.js";
import type { FrameNoise } from "../../stream/base/noise.js";
import type { Outlines, ParticleTable } from "../../stream/base/particles.js";
import type { AnalysisSettings } from "../../stream/base/settings.js";
import type { FrameSeq, PixelSizeNm, UnixMs } from "../../stream/base/units.js";
import type { PreviewKind } from "../../stream/protocol/messages.js";
import type { FramePayload } from "../../stream/source/source.js";
import type { FrameLevels } from "../analysis/frame-levels.js";
import type { ModelIdentity } from "../inference/weights.js";

/** What an analyzer is started with; it does not change during its life. */
export interface AnalyzerOptions {
  /** `auto`: a hardware adapter when there is one, else WebAssembly. `software`: a software adapter, for tests. `off`: WebAssembly. */
  readonly gpu: "auto" | "software" | "off";
  /** Execution provider of the model: `auto` takes CUDA, WebGPU, CPU in that order of what is there. */
  readonly provider: "auto" | "cuda" | "webgpu" | "cpu";
  /** Path of models/manifest.json. */
  readonly manifestPath: string;
  /** Path of models/denoiser.json. */
  readonly denoiserPath: string;
  /** Threads of one inference on the CPU. */
  readonly inferenceThreads: number;
  /** Threads of the filters on the CPU. */
  readonly filterThreads: number;
  /** Longest that a batch waits for more frames, ms. */
  readonly batchWaitMs: number;
  /** Path of the dataset in HDF5 files, or `null` for the one that looks like the image. */
  readonly hdf5Dataset: string | null;
}

/** Daemon to analyzer: analyse this. */
export interface FrameIn {
  readonly op: "frame";
  readonly seq: FrameSeq;
  readonly payload: FramePayload;
  readonly settings: AnalysisSettings;
  /** The display range of its stream; `null`: the frame is alone, and its own range holds. */
  readonly displayRange: DisplayRange | null;
  /**
   * Standard deviation of the noise of the frames before it in its stream, in its intensities, for a filter that sets itself; `null`: the frame is
   * alone, and its own noise holds.
   */
  readonly sigmaBefore: number | null;
  /** Whether outlines are wanted, which are most of what an analysis weighs; by default they are. Without them they have no points. */
  readonly wantsOutlines?: boolean;
  /** Pictures somebody is looking at; made only then. */
  readonly previews: readonly PreviewKind[];
  /** Whether its levels before and after the filter are wanted, at full size. */
  readonly wantsLevels?: true;
}

/** A picture for people: 8-bit grey over the display range, shrunk to at most 1,024 px. */
export interface Preview {
  readonly kind: PreviewKind;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framePxPerPreviewPx: number;
  readonly pixels: Uint8Array;
}

/** Everything that is known about a frame once it is analysed. */
export interface FrameAnalysis {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixelSizeNm: PixelSizeNm | null;
  readonly acquiredAtMs: UnixMs | null;
  readonly statistics: FrameStatistics;
  readonly intensity: IntensityHistograms;
  /** `null` where the frame does not show it: it is tiny, saturated, or nothing but edges. */
  readonly noise: FrameNoise | null;
  /** Strength of non-local means it was filtered with, grey levels; `null` with other filters. */
  readonly nlmH: number | null;
  readonly particles: ParticleTable;
  readonly outlines: Outlines;
  readonly previews: readonly Preview[];
  /** Where they were wanted. */
  readonly levels?: FrameLevels;
  readonly stageTimesMs: StageTimesMs;
  readonly computedBy: { readonly filter: string; readonly segmenter: string };
  /** The model that found the particles; `null` where none took part. */
  readonly model: ModelIdentity | null;
  /** Frames that were computed together with it, itself included. */
  readonly batchFrames: number;
}

/** Analyzer to daemon: how a frame ended here. */
export type AnalysisOut =
  | {
      readonly op: "analysed";
      readonly seq: FrameSeq;
      readonly analysis: FrameAnalysis;
      /** Added by the supervisor: what computed it slower than it could, and why. */
      readonly degraded?: readonly string[];
    }
  | { readonly op: "rejected"; readonly seq: FrameSeq; readonly reason: RejectionReason; readonly detail: string };

/** Analyzer to daemon, once: what computes here. */
export interface AnalyzerReady {
  readonly op: "ready";
  readonly filterBackend: string;
  readonly segmenterBackend: string;
  readonly model: ModelIdentity | null;
  /** Most frames that are computed together. */
  readonly batchLimit: number;
  /** What was replaced by something slower, and why. */
  readonly notes: readonly string[];
}

/** Analyzer to daemon, once, before it exits: it cannot work with these options. Restarting would not help. */
export interface AnalyzerRefused {
  readonly op: "refused";
  readonly tag: string;
  readonly received: string;
  readonly expected: string;
  readonly remedy: string;
}

export type FromAnalyzer = AnalysisOut | AnalyzerReady | AnalyzerRefused;

/** Exit code of an analyzer that has lost its GPU: the frame it had is not to blame. */
export const GPU_LOST_EXIT_CODE = 71;
