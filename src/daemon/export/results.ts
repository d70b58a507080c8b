/**
 * What every file format of results offers. Frames are written as they come: no more than one is held in memory.
 *
 * @module
 */
import type { RejectionReason } from "../../stream/base/frame.js";
import type { AnalysisSettings } from "../../stream/base/settings.js";
import type { FrameAnalysis } from "../analyzer/messages.js";

/** A frame with its result. */
export interface AnalysedFrame {
  /** Path as it was given. */
  readonly file: string;
  /** Page within the file, from 0. */
  readonly page: number;
  readonly analysis: FrameAnalysis;
}

/** An input without a result. */
export interface RejectedInput {
  readonly file: string;
  /** `null` where the file could not even be opened into pages. */
  readonly page: number | null;
  readonly reason: RejectionReason;
  readonly detail: string;
}

/** What results were made with, so that they can be made again. */
export interface Provenance {
  /** Version of Ostwald. */
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly settings: AnalysisSettings;
  /** The model's file and hash; `null` where none took part. */
  readonly model: { readonly file: string; readonly sha256: string } | null;
  readonly computedBy: { readonly filter: string; readonly segmenter: string };
}

/** A file of results in the making. It appears under its name when it is whole, never before. */
export interface ResultWriter {
  frame(frame: AnalysedFrame): Promise<void>;
  rejected(input: RejectedInput): Promise<void>;
  /** Makes the file appear, in place of an older one of that name. */
  finish(): Promise<void>;
  /** Leaves no file behind. */
  discard(): Promise<void>;
}
