/**
 * The noise of a detector: the chance of single electrons, and of reading them out.
 *
 * @module
 */
import { countCubic, NORMAL_POISSON_MEAN, type Random } from "./random.js";

/**
 * Read noise, electrons, that hides the steps of whole electrons: the sum of both is then drawn at once. What is left of the steps is
 * exp(-2 pi^2 sigma^2), below 1 %.
 */
const STEPLESS_SIGMA = 0.5;

export interface NoiseSettings {
  readonly shotNoise: boolean;
  /** Standard deviation of the read noise, electrons. */
  readonly readSigma: number;
}

/** Replaces mean electrons by detected ones. `scratch` has the same length and is overwritten. */
export function addNoise(
  electrons: Float32Array,
  { shotNoise, readSigma }: NoiseSettings,
  random: Random,
  scratch: Float32Array,
): void {
  if (!shotNoise && readSigma === 0) return;
  random.fillNormal(scratch);
  if (!shotNoise) {
    for (let i = 0; i < electrons.length; i += 1) electrons[i] += readSigma * scratch[i];
    return;
  }
  const atOnce = readSigma === 0 || readSigma >= STEPLESS_SIGMA;
  const readVariance = readSigma * readSigma;
  let cubicMean = NORMAL_POISSON_MEAN;
  let { c0, c1, c2, c3 } = countCubic(cubicMean, cubicMean + readVariance);
  for (let i = 0; i < electrons.length; i += 1) {
    const mean = electrons[i];
    if (!atOnce || mean < NORMAL_POISSON_MEAN) {
      electrons[i] = random.poisson(mean) + readSigma * scratch[i];
      continue;
    }
    // Most of a frame is background of one mean.
    if (mean !== cubicMean) {
      cubicMean = mean;
      ({ c0, c1, c2, c3 } = countCubic(mean, mean + readVariance));
    }
    const z = scratch[i];
    const value = c0 + z * (c1 + z * (c2 + z * c3));
    electrons[i] = readSigma > 0 ? value : Math.max(0, Math.floor(value + 0.5));
  }
}
