/**
 * Non-local means: its GPU kernel as data.
 *
 * The arithmetic is that of OpenCV's `fastNlMeansDenoising(src, h, 7, 21)`: every pixel becomes the mean of the 21 x 21 pixels
 * around it, each weighted by `exp(-d / h^2)`, where `d` is the mean squared difference of the two 7 x 7 patches.
 *
 * @module
 */
import type { LevelDepth, WgslKernel } from "../kernel.js";
import { type NlmVariant, PLAIN_VARIANT, variantConstants, variantMain, variantName } from "./nlm-variants.js";
import { nlmExponent, nlmWeights } from "./weights.js";

/** The GPU kernel for frames of `depth`, in a variant that gives the same bits as all others. */
export function nlmKernel(depth: LevelDepth, variant: NlmVariant = PLAIN_VARIANT): WgslKernel {
  return {
    name: `nlm-${depth} ${variantName(variant)}`,
    sources: [
      variantConstants(variant),
      new URL("./nlm.wgsl", import.meta.url),
      new URL(`./nlm-${depth}.wgsl`, import.meta.url),
      new URL(`../levels-${depth}.wgsl`, import.meta.url),
      variantMain(variant),
    ],
    group: { ...variant, blockX: 4 },
  };
}

/** What the kernel reads beside the frame: 8-bit frames a table of u32, float frames the one factor of {@link nlmExponent}. */
export function nlmCoefficients(depth: LevelDepth, h: number): Uint32Array | Float32Array {
  return depth === "u8" ? Uint32Array.from(nlmWeights(h)) : Float32Array.of(nlmExponent(h));
}
