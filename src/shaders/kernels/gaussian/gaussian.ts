/**
 * Gaussian blur: what it computes with, and its GPU kernel as data.
 *
 * The arithmetic is that of OpenCV's `GaussianBlur`. 8-bit frames: taps quantised to 1/256, 16-bit products, one rounding at
 * the end. Float frames: the taps as they are.
 *
 * @module
 */
import type { LevelDepth, WgslKernel } from "../kernel.js";

/** The kernel of a blur. */
export interface GaussianShape {
  /** Edge of the kernel, px, odd, 1..31. */
  readonly kernelPx: number;
  /** Standard deviation, px, > 0. */
  readonly sigmaPx: number;
}

/** `exp(-x^2 / 2 sigma^2)` at the `kernelPx` integers around 0, of sum 1. */
export function gaussianTaps({ kernelPx, sigmaPx }: GaussianShape): Float64Array {
  const centre = (kernelPx - 1) / 2;
  const taps = Float64Array.from({ length: kernelPx }, (_, i) =>
    Math.exp(-((i - centre) ** 2) / (2 * sigmaPx * sigmaPx)),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/**
 * The taps as integers of sum 256: each side is rounded with the error of the tap before carried on, the centre takes the rest
 * (`getGaussianKernelFixedPoint_ED` of OpenCV).
 */
export function quantisedGaussianTaps(shape: GaussianShape): Uint16Array {
  const exact = gaussianTaps(shape);
  const centre = (shape.kernelPx - 1) / 2;
  const taps = new Uint16Array(shape.kernelPx);
  let carried = 0;
  let side = 0;
  for (let i = 0; i < centre; i += 1) {
    const wanted = (exact[i] ?? 0) * 256 + carried;
    const tap = Math.round(wanted);
    carried = wanted - tap;
    side += tap;
    taps[i] = tap;
    taps[shape.kernelPx - 1 - i] = tap;
  }
  taps[centre] = 256 - 2 * side;
  return taps;
}

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
