/**
 * The filters on the CPU, for machines without a GPU: one thread of WebAssembly SIMD.
 *
 * @module
 */
import type { GreyImage } from "../stream/base/frame.js";
import type { NoiseBlocks } from "../stream/base/noise.js";
import { type WasmCall, WasmKernels } from "./cpu/wasm-kernels.js";
import type { FilterBackend, FilterSettings, FrameFilter } from "./filter.js";
import { gaussianTaps, quantisedGaussianTaps } from "./kernels/gaussian/gaussian.js";
import type { LevelDepth } from "./kernels/kernel.js";
import { nlmExponent, nlmWeights } from "./kernels/nlm/nlm.js";
import { noiseBlocksFrom } from "./kernels/noise/noise.js";
import { noiseValues } from "./kernels/noise/noise.ref.js";

/** Linear memory is scratch space and never cleared: the tap behind the last one is read, and must be 0. */
function withZeroBehind(taps: Uint16Array): Uint16Array {
  return Uint16Array.of(...taps, 0);
}

function wasmCall(settings: FilterSettings, depth: LevelDepth): WasmCall {
  if (settings.filter === "nlm") {
    if (depth === "f32") {
      return { name: "nlmF32", coefficients: new Float32Array(0), parameter: nlmExponent(settings.nlmH) * Math.LOG2E };
    }
    const weights = nlmWeights(settings.nlmH);
    return { name: "nlmU8", coefficients: weights, parameter: weights.length - 1 };
  }
  const shape = { kernelPx: settings.gaussianKernelPx, sigmaPx: settings.gaussianSigmaPx };
  return depth === "u8"
    ? { name: "gaussianU8", coefficients: withZeroBehind(quantisedGaussianTaps(shape)), parameter: shape.kernelPx }
    : { name: "gaussianF32", coefficients: Float32Array.from(gaussianTaps(shape)), parameter: shape.kernelPx };
}

/** The filters in WebAssembly. Each frame is filtered synchronously, within `apply`. */
export class WasmFilter implements FrameFilter {
  readonly backend: FilterBackend = { kind: "wasm", description: "WebAssembly SIMD", isSoftwareAdapter: false };
  readonly #kernels: WasmKernels;

  private constructor(kernels: WasmKernels) {
    this.#kernels = kernels;
  }

  /** Loads the kernels, or raises WasmUnavailableError. */
  static async open(): Promise<WasmFilter> {
    return new WasmFilter(await WasmKernels.load());
  }

  /** Bytes of memory held for frames and scratch space. */
  get memoryBytes(): number {
    return this.#kernels.memoryBytes;
  }

  async apply(images: readonly GreyImage[], settings: FilterSettings): Promise<readonly GreyImage[]> {
    if (settings.filter === "none") return images;
    return images.map((image) => {
      const call = wasmCall(settings, image.levels instanceof Uint8Array ? "u8" : "f32");
      return this.#kernels.run(image, call);
    });
  }

  /** In plain TypeScript: 64 pixels of each of at most 1,024 blocks take half a millisecond. */
  async noiseBlocks(images: readonly GreyImage[]): Promise<readonly NoiseBlocks[]> {
    return images.map((image) => noiseBlocksFrom(noiseValues(image)));
  }

  async close(): Promise<void> {
    // Memory goes with the object.
  }
}
