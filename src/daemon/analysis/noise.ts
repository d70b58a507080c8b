/**
 * The noise of a frame, from the numbers of its blocks (`src/shaders/kernels/noise`).
 *
 * Blocks whose second differences have heavier tails than Gaussian noise show an edge, a dead pixel or a cosmic ray, and blocks at an end of the
 * grey scale have lost noise: they do not count. Of the rest, those with the least structure do. Structure is measured by means over
 * quarters, which say nothing about second differences of white noise, so that the choice does not favour blocks of little noise.
 *
 * @module
 */
import type { DisplayRange } from "../../stream/base/frame.js";
import type { FrameNoise, NoiseBlocks } from "../../stream/base/noise.js";

/** Noise on the grey scale. */
export interface LevelNoise {
  /** Standard deviation in the smooth half of the frame, which is its background, grey levels. */
  readonly sigma: number;
  /** Mean variance over a block that is not noise, in units of the noise's: 0 for a frame that shows nothing. */
  readonly structure: number;
  /**
   * Noise that grows with the signal: `variance = gain * level + offset`. `null` where the levels of the frame lie too close together to
   * tell noise of the signal from noise of the detector.
   */
  readonly growth: { readonly gain: number; readonly offset: number } | null;
}

/**
 * Gaussian noise of standard deviation 1 has a mean absolute second difference of `6 sqrt(2 / pi)`; the mean of the middle half of the
 * blocks lies 1 % below that of all.
 */
const SIGMA_PER_ROUGHNESS = (1.01 * Math.sqrt(Math.PI / 2)) / 6;

/** Of Gaussian noise `square / roughness^2` is pi / 2, with a standard deviation of 0.17 over a block. */
const GAUSSIAN_TAIL = Math.PI / 2;
const HEAVIEST_TAIL = GAUSSIAN_TAIL + 5 * 0.17;
/** Of the mean over the blocks of a bin: 32 of them. */
const HEAVIEST_MEAN_TAIL = GAUSSIAN_TAIL + 4 * 0.03;

/** Of the 64 pixels of a block. */
const MOST_CLIPPED_PX = 2;

/** Part of the usable blocks, those of least structure, that the noise is taken from. */
const SMOOTH_PART = 0.5;

/** Least blocks that say something. */
const FEWEST_BLOCKS = 8;

/** Relative standard deviation of the roughness of one block. */
const ROUGHNESS_ERROR = 0.15;

/** Blocks in a range of levels. */
const BIN_BLOCKS = 64;

/** The slope counts where the error of the whole noise it stands for is below this part of the noise. */
const SURE_PART = 0.15;

/** The noise of a frame; `null` where too few of its blocks show it: a tiny frame, or one that is all edges or saturated. */
export function noiseOf(blocks: NoiseBlocks): LevelNoise | null {
  const usable = usableBlocks(blocks);
  if (usable.length < FEWEST_BLOCKS) return null;
  const sigma = sigmaOf(
    blocks,
    smoothest(usable, (i) => blocks.structure[i]),
  );
  const growth = sigma > 0 ? growthOf(blocks, usable) : null;
  const structure = structureOf(blocks, sigma);
  if (growth === null) return { sigma, structure, growth };
  // Where noise grows with the signal, dark blocks look smooth for lack of noise: structure counts in units of the noise at its level.
  const variance = (i: number) => Math.max(growth.gain * blocks.level[i] + growth.offset, 0.1 * sigma * sigma);
  return {
    sigma: sigmaOf(
      blocks,
      smoothest(usable, (i) => blocks.structure[i] / variance(i)),
    ),
    structure,
    growth,
  };
}

/** A quarter is the mean of 16 pixels, and the variance of four about their mean is three quarters of theirs. */
const STRUCTURE_OF_NOISE = 3 / 64;

function structureOf({ structure }: NoiseBlocks, sigma: number): number {
  const mean = structure.reduce((sum, value) => sum + value, 0) / structure.length;
  return sigma === 0 ? Number(mean > 0) * 1e6 : Math.max(0, mean / (sigma * sigma) - STRUCTURE_OF_NOISE);
}

/** The noise in the intensities of the frame that the levels stand for. */
export function inIntensities({ sigma, growth }: LevelNoise, { low, high }: DisplayRange): FrameNoise {
  const perLevel = (high - low) / 255;
  if (growth === null) return { sigma: sigma * perLevel, gain: null, offset: null };
  const gain = growth.gain * perLevel;
  return { sigma: sigma * perLevel, gain, offset: growth.offset * perLevel * perLevel - gain * low };
}

function usableBlocks({ level, roughness, square, clipped }: NoiseBlocks): number[] {
  const usable: number[] = [];
  for (let i = 0; i < level.length; i++) {
    const isGaussian = square[i] <= HEAVIEST_TAIL * roughness[i] * roughness[i];
    if (isGaussian && clipped[i] <= MOST_CLIPPED_PX) usable.push(i);
  }
  return usable;
}

function smoothest(blocks: readonly number[], structure: (block: number) => number): readonly number[] {
  const structures = mapped(blocks, structure);
  const count = Math.min(blocks.length, Math.max(FEWEST_BLOCKS, Math.ceil(SMOOTH_PART * blocks.length)));
  const most = structures.toSorted()[count - 1] ?? 0;
  return blocks.filter((_, i) => structures[i] <= most);
}

/** From the mean of the middle half, which a quarter of wrong blocks on either side does not move. */
function sigmaOf({ roughness }: NoiseBlocks, blocks: readonly number[]): number {
  const sorted = mapped(blocks, (i) => roughness[i]).sort();
  const quarter = Math.floor(sorted.length / 4);
  let sum = 0;
  for (let i = quarter; i < sorted.length - quarter; i++) sum += sorted[i];
  return (sum / (sorted.length - 2 * quarter)) * SIGMA_PER_ROUGHNESS;
}

/** A number of each block. A loop: `Float64Array.from` takes ten times as long, on a thousand blocks of every frame. */
function mapped(blocks: readonly number[], value: (block: number) => number): Float64Array {
  const values = new Float64Array(blocks.length);
  for (let i = 0; i < blocks.length; i++) values[i] = value(blocks[i]);
  return values;
}

/** Blocks of about one level. */
interface Bin {
  readonly level: number;
  readonly variance: number;
  /** Inverse of the variance's own variance. */
  readonly weight: number;
}

/** A line through the variances at each level, fitted again with those that lie far off counting less. */
function growthOf(blocks: NoiseBlocks, usable: readonly number[]): LevelNoise["growth"] {
  const bins = binsOf(blocks, usable);
  if (bins.length < 3) return null;
  let weights = bins.map(({ weight }) => weight);
  let line = lineThrough(bins, weights);
  for (let round = 0; round < 4; round++) {
    const { gain, offset } = line;
    // Cauchy's weights, at two standard deviations.
    weights = bins.map(
      ({ level, variance, weight }) => weight / (1 + ((gain * level + offset - variance) ** 2 * weight) / 4),
    );
    line = lineThrough(bins, weights);
  }
  const { gain, offset, gainError, meanLevel } = line;
  const meanVariance = gain * meanLevel + offset;
  const isSure = gainError * meanLevel < SURE_PART * meanVariance;
  return isSure ? { gain, offset } : null;
}

/** Blocks sorted by level and cut into bins of {@link BIN_BLOCKS}, of each the smooth part. */
function binsOf(blocks: NoiseBlocks, usable: readonly number[]): readonly Bin[] {
  const byLevel = usable.toSorted((a, b) => blocks.level[a] - blocks.level[b]);
  const bins: Bin[] = [];
  for (let first = 0; first + BIN_BLOCKS <= byLevel.length; first += BIN_BLOCKS) {
    const chosen = smoothest(byLevel.slice(first, first + BIN_BLOCKS), (i) => blocks.structure[i]);
    const tail = chosen.reduce((sum, i) => sum + blocks.square[i] / blocks.roughness[i] ** 2, 0) / chosen.length;
    const variance = sigmaOf(blocks, chosen) ** 2;
    const level = chosen.reduce((sum, i) => sum + blocks.level[i], 0) / chosen.length;
    const error = (2 * ROUGHNESS_ERROR * variance) / Math.sqrt(chosen.length);
    if (variance > 0 && tail <= HEAVIEST_MEAN_TAIL) bins.push({ level, variance, weight: 1 / (error * error) });
  }
  return bins;
}

function lineThrough(bins: readonly Bin[], weights: readonly number[]) {
  const sum = (value: (bin: Bin) => number) => bins.reduce((total, bin, i) => total + weights[i] * value(bin), 0);
  const total = sum(() => 1);
  const meanLevel = sum(({ level }) => level) / total;
  const meanVariance = sum(({ variance }) => variance) / total;
  const spread = sum(({ level }) => (level - meanLevel) ** 2);
  const gain =
    spread === 0 ? 0 : sum(({ level, variance }) => (level - meanLevel) * (variance - meanVariance)) / spread;
  return {
    gain,
    offset: meanVariance - gain * meanLevel,
    gainError: spread === 0 ? Infinity : 1 / Math.sqrt(spread),
    meanLevel,
  };
}
