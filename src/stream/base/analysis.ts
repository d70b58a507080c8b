/**
 * What is said about one analysed frame as a whole.
 *
 * @module
 */
import type { DisplayRange } from "./frame.js";
import type { LengthUnit } from "./units.js";

/** Equal-width bins: bin `i` covers `low + i * binWidth` up to `low + (i + 1) * binWidth`; the last also counts all above it. */
export interface Histogram {
  readonly low: number;
  readonly binWidth: number;
  readonly counts: readonly number[];
}

/**
 * Number-weighted statistics of one size over the particles of a frame (ISO 9276-2, ISO 13322-1), in `LengthUnit` or its square.
 *
 * With fewer particles than a figure needs (1; 2 for deviations) it is `null`, never 0 and never NaN.
 */
export interface SizeStatistics {
  readonly mean: number | null;
  readonly median: number | null;
  readonly standardDeviation: number | null;
  readonly d10: number | null;
  readonly d50: number | null;
  readonly d90: number | null;
  /** Of the log-normal description: exp(mean(ln d)). */
  readonly geometricMean: number | null;
  /** exp(standard deviation(ln d)), >= 1. */
  readonly geometricStandardDeviation: number | null;
  readonly histogram: Histogram;
}

/** The numbers of one frame. */
export interface FrameStatistics {
  /** Every particle found, those at the border included. */
  readonly count: number;
  /** Particles cut by the frame's edge. */
  readonly borderCount: number;
  /** Particles that `ecd` and `area` are computed from: all, or all but those at the border, as `border` says. */
  readonly sizedCount: number;
  readonly border: BorderPolicy;
  readonly lengthUnit: LengthUnit;
  /** `count` per `lengthUnit` squared of the field of view. */
  readonly numberDensity: number;
  /** Projected area of all particles over the area of the field of view, 0..1. */
  readonly areaFraction: number;
  /** Area-equivalent circular diameter, in `lengthUnit`. */
  readonly ecd: SizeStatistics;
  /** Projected area, in `lengthUnit` squared. */
  readonly area: SizeStatistics;
  /** mean / standard deviation of the unfiltered frame outside all particles; `null` where too little background is left or it is flat. */
  readonly backgroundSnr: number | null;
}

/** Intensity histograms of a frame over its display range: 256 bins, values outside counted in the first and last. */
export interface IntensityHistograms {
  /** The intensities that are 0 and 255 on the grey scale of this frame: those of its stream, of the settings, or its own. */
  readonly range: DisplayRange;
  /** What the range would be if the frame were alone. Absent in records of versions that knew no other. */
  readonly frameRange?: DisplayRange | undefined;
  readonly raw: Uint32Array;
  readonly filtered: Uint32Array;
}

/** Whether particles cut by the edge of the frame count towards sizes; ISO 13322-1 leaves them out. */
export type BorderPolicy = "exclude" | "include";

/** Stages of the analyzer, in order, each with its own clock. */
export const STAGES = ["decode", "filter", "segment", "measure"] as const;
export type Stage = (typeof STAGES)[number];

/** ms spent in each stage of one frame. */
export type StageTimesMs = Readonly<Record<Stage, number>>;
