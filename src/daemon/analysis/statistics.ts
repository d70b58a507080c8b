/**
 * The numbers of one frame: counts, densities and number-weighted size statistics (ISO 9276-2, ISO 13322-1, ISO 21363).
 *
 * @module
 */
import type { BorderPolicy, FrameStatistics, SizeStatistics } from "../../stream/base/analysis.js";
import { type ParticleTable, particleCount } from "../../stream/base/particles.js";
import type { PixelSizeNm } from "../../stream/base/units.js";
import { sizeHistogram } from "./histogram.js";
import { quantileOf } from "./quantile.js";

/** What the statistics of a frame are computed from. */
export interface StatisticsInput {
  readonly particles: ParticleTable;
  readonly widthPx: number;
  readonly heightPx: number;
  /** `null` leaves lengths in px. */
  readonly pixelSizeNm: PixelSizeNm | null;
  readonly border: BorderPolicy;
  readonly backgroundSnr: number | null;
}

/**
 * Statistics of one frame, lengths in nm where the pixel size is known, else in px.
 *
 * Particles at the border always count towards `count`, `numberDensity` and `areaFraction`; towards sizes as `border` says.
 */
export function frameStatistics(input: StatisticsInput): FrameStatistics {
  const { particles, widthPx, heightPx, pixelSizeNm, border, backgroundSnr } = input;
  const count = particleCount(particles);
  const lengthPerPx = pixelSizeNm ?? 1;
  const fieldOfViewPx2 = widthPx * heightPx;
  const isSized = (index: number): boolean => border === "include" || particles.touchesBorder[index] === 0;
  const ecds = Float64Array.from(particles.ecdPx, (px) => px * lengthPerPx).filter((_, index) => isSized(index));
  const areas = Float64Array.from(particles.areaPx2, (px2) => px2 * lengthPerPx ** 2).filter((_, index) =>
    isSized(index),
  );
  return {
    count,
    borderCount: sumOf(particles.touchesBorder),
    sizedCount: ecds.length,
    border,
    lengthUnit: pixelSizeNm === null ? "px" : "nm",
    numberDensity: count / (fieldOfViewPx2 * lengthPerPx ** 2),
    // Masks may overlap: together they can cover more than there is.
    areaFraction: Math.min(1, sumOf(particles.areaPx2) / fieldOfViewPx2),
    ecd: sizeStatistics(ecds),
    area: sizeStatistics(areas),
    backgroundSnr,
  };
}

/** Number-weighted statistics of sizes, all > 0, in any order. */
export function sizeStatistics(sizes: Float64Array): SizeStatistics {
  const sorted = sizes.toSorted();
  const logarithms = sorted.map(Math.log);
  const logMean = meanOf(logarithms);
  const logDeviation = standardDeviationOf(logarithms);
  const d50 = quantileOf(sorted, 0.5);
  return {
    mean: meanOf(sorted),
    median: d50,
    standardDeviation: standardDeviationOf(sorted),
    d10: quantileOf(sorted, 0.1),
    d50,
    d90: quantileOf(sorted, 0.9),
    geometricMean: logMean === null ? null : Math.exp(logMean),
    geometricStandardDeviation: logDeviation === null ? null : Math.exp(logDeviation),
    histogram: sizeHistogram(sorted),
  };
}

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function meanOf(values: Float64Array): number | null {
  return values.length === 0 ? null : sumOf(values) / values.length;
}

/** Of a sample: divided by n - 1; `null` for fewer than two values. */
function standardDeviationOf(values: Float64Array): number | null {
  const mean = meanOf(values);
  if (mean === null || values.length < 2) return null;
  return Math.sqrt(sumOf(values.map((value) => (value - mean) ** 2)) / (values.length - 1));
}
