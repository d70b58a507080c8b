/**
 * The settings of an analysis: everything that decides what is measured on a frame, and that may change while the stream runs.
 *
 * Names are the same on the command line (`--nlm-h`), in the configuration file (`nlmH`), on the wire and here.
 *
 * @module
 */
import type { BorderPolicy } from "./analysis.js";

/** `unet` is a network that has learnt what noise looks like; the others are formulas. */
export const FILTERS = ["none", "gaussian", "nlm", "unet"] as const;
export type FilterName = (typeof FILTERS)[number];

export const SEGMENTERS = ["mask-rcnn", "threshold"] as const;
export type SegmenterName = (typeof SEGMENTERS)[number];

/** Whether particles are brighter (HAADF) or darker (BF) than what surrounds them; `auto` decides on each frame. */
export const POLARITIES = ["auto", "bright", "dark"] as const;
export type Polarity = (typeof POLARITIES)[number];

/**
 * Where the threshold segmenter puts the edge of a particle: at Otsu's level, or, where noise allows, at the foot of its profile, where
 * a sphere really ends.
 */
export const EDGES = ["foot", "otsu"] as const;
export type Edge = (typeof EDGES)[number];

/** Strengths that non-local means takes, grey levels. */
export const NLM_H_RANGE = { min: 1, max: 60 } as const;

/** Says that a strength is chosen from each frame. */
export const AUTO = "auto";

export interface AnalysisSettings {
  readonly filter: FilterName;
  /** Edge of the Gaussian kernel, px, odd, 1..31. */
  readonly gaussianKernelPx: number;
  /** Standard deviation of the Gaussian kernel, px, > 0. */
  readonly gaussianSigmaPx: number;
  /** Strength of non-local means, grey levels, 1..60; `auto`: from the noise of each frame. */
  readonly nlmH: number | typeof AUTO;
  readonly segmenter: SegmenterName;
  /** Least score of a Mask R-CNN detection, 0..1, in frames where one is sure (`sureScore` of the model's manifest). */
  readonly scoreThreshold: number;
  /** Scale at which Mask R-CNN looks at a frame, 0.1..2; `null`: chosen from each frame, so that its particles have a size the model knows. */
  readonly zoom: number | null;
  /** Least projected area of a particle, px2. */
  readonly minAreaPx2: number;
  readonly polarity: Polarity;
  /** Whether holes inside a particle count as particle (threshold). */
  readonly fillHoles: boolean;
  readonly edge: Edge;
  readonly border: BorderPolicy;
  /** nm/px for frames whose file does not state it; `null` leaves lengths in px. */
  readonly pixelSizeNm: number | null;
  /** Intensity that is 0 on the grey scale of frames that are not 8-bit; `null`: chosen for the stream. */
  readonly displayLow: number | null;
  /** Intensity that is 255; the lower of the two is 0 in any case. */
  readonly displayHigh: number | null;
}

export const DEFAULT_SETTINGS: AnalysisSettings & { readonly nlmH: number } = {
  filter: "none",
  gaussianKernelPx: 5,
  gaussianSigmaPx: 5,
  nlmH: 15,
  segmenter: "mask-rcnn",
  scoreThreshold: 0.4,
  zoom: null,
  minAreaPx2: 20,
  polarity: "auto",
  fillHoles: true,
  edge: "foot",
  border: "exclude",
  pixelSizeNm: null,
  displayLow: null,
  displayHigh: null,
};
