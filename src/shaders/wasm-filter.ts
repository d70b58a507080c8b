/**
 * The filters on the CPU, for machines without a GPU: WebAssembly SIMD, on as many threads as are asked for.
 *
 * @module
 */
import type { GreyImage } from "../stream/base/frame.js";
import type { NoiseBlocks } from "../stream/base/noise.js";
import { FilterPool } from "./cpu/filter-pool.js";
import type { WasmCall } from "./cpu/wasm-kernels.js";
import type { FilterBackend, FilterSettings, FrameFilter } from "./filter.js";
import { gaussianTaps, quantisedGaussianTaps } from "./kernels/gaussian/taps.js";
import type { LevelDepth } from "./kernels/kernel.js";
import { nlmExponent, nlmWeights } from "./kernels/nlm/weights.js";
import { noiseBlocksFrom } from "./kernels/noise/noise.js";

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

/** How the filters are opened. */
export interface WasmFilterOptions {
  /** Threads that share the work on a frame, >= 1, this one included. */
  readonly threads: number;
}

/** The filters in WebAssembly. With one thread each frame is filtered synchronously, within `apply`. */
export class WasmFilter implements FrameFilter {
  readonly backend: FilterBackend;
  readonly #pool: FilterPool;

  private constructor(pool: FilterPool, threads: number) {
    this.#pool = pool;
    const description = threads === 1 ? "WebAssembly SIMD" : `WebAssembly SIMD, ${threads} threads`;
    this.backend = { kind: "wasm", description, isSoftwareAdapter: false };
  }

  /** Loads the kernels and starts the threads, or raises WasmUnavailableError. */
  static async open({ threads }: WasmFilterOptions = { threads: 1 }): Promise<WasmFilter> {
    return new WasmFilter(await FilterPool.open(threads), threads);
  }

  /** Bytes of memory held by this thread for frames and scratch space. */
  get memoryBytes(): number {
    return this.#pool.memoryBytes;
  }

  async apply(images: readonly GreyImage[], settings: FilterSettings): Promise<readonly GreyImage[]> {
    if (settings.filter === "none") return images;
    const results: GreyImage[] = [];
    for (const image of images) {
      const call = wasmCall(settings, image.levels instanceof Uint8Array ? "u8" : "f32");
      results.push(await this.#pool.run(image, call));
    }
    return results;
  }

  async noiseBlocks(images: readonly GreyImage[]): Promise<readonly NoiseBlocks[]> {
    return images.map((image) => noiseBlocksFrom(this.#pool.noiseValues(image)));
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
