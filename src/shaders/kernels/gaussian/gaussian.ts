/**
 * Gaussian blur: its GPU kernel as data.
 *
 * The arithmetic is that of OpenCV's `GaussianBlur`. 8-bit frames: taps quantised to 1/256, 16-bit products, one rounding at
 * the end. Float frames: the taps as they are.
 *
 * @module
 */
import type { LevelDepth, WgslKernel } from "../kernel.js";
import { type GaussianShape, gaussianTaps, quantisedGaussianTaps } from "./taps.js";

/** A thread computes 4 pixels of a row; 8 x 8 threads and the largest kernel need 14.3 kB of the 16 kB guaranteed. */
const GAUSSIAN_GROUP = { threadsX: 8, threadsY: 8, blockX: 4, blockY: 1 } as const;

/** The GPU kernel for frames of `depth`. */
export function gaussianKernel(depth: LevelDepth): WgslKernel {
  return {
    name: `gaussian-${depth}`,
    sources: [new URL("./gaussian.wgsl", import.meta.url), new URL(`../levels-${depth}.wgsl`, import.meta.url)],
    group: GAUSSIAN_GROUP,
  };
}

/** What the kernel reads beside the frame: its taps, of sum 1. Quantised ones are multiples of 1/256, which float32 holds exactly. */
export function gaussianCoefficients(depth: LevelDepth, shape: GaussianShape): Float32Array {
  if (depth === "f32") return Float32Array.from(gaussianTaps(shape));
  return Float32Array.from(quantisedGaussianTaps(shape), (tap) => tap / 256);
}
