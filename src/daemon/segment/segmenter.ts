/**
 * One interface over everything that finds particles.
 *
 * @module
 */
import type { Detection } from "../../stream/base/detection.js";
import type { GreyImage } from "../../stream/base/frame.js";
import type { AnalysisSettings } from "../../stream/base/settings.js";
import type { ModelIdentity } from "../inference/weights.js";

/** The part of the settings that a segmenter reads. */
export type SegmentSettings = Pick<
  AnalysisSettings,
  "scoreThreshold" | "zoom" | "minAreaPx2" | "polarity" | "fillHoles" | "edge"
>;

/** What computes a segmentation, for health and results. */
export interface SegmenterBackend {
  readonly segmenter: AnalysisSettings["segmenter"];
  /** `CPUExecutionProvider, particles.onnx (50a49aaf)`, `Otsu`. */
  readonly description: string;
  /** Name and SHA-256 of the weights that find; `null`: no model does. */
  readonly model: ModelIdentity | null;
}

/** Finds the particles of frames. */
export interface Segmenter {
  readonly backend: SegmenterBackend;
  /** Most frames that are computed together; more at once gain nothing and delay the first of them. */
  readonly batchLimit: number;
  /** Segments a batch; images may differ in size. Result `i` belongs to image `i`; the result of a batch equals its images one by one. */
  segment(images: readonly GreyImage[], settings: SegmentSettings): Promise<readonly (readonly Detection[])[]>;
  /** Releases the model. Idempotent. */
  close(): Promise<void>;
}
