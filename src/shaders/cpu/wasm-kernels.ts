/**
 * The host of the filters in WebAssembly: moves frames in and out of the module's memory.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";
import { bytesOf, type KernelExports, openKernelModule, reserveMemory } from "./kernel-module.js";

export type KernelName = "gaussianU8" | "gaussianF32" | "nlmU8" | "nlmF32";

/** A call of a kernel on one frame, whose depth is the kernel's. */
export interface WasmCall {
  readonly name: KernelName;
  /** What the kernel reads beside the frame. */
  readonly coefficients: Uint16Array | Float32Array;
  /** Last argument of the kernel. */
  readonly parameter: number;
}

/** The kernels and their memory, which grows to the largest frame and stays. */
export class WasmKernels {
  readonly #exports: KernelExports;

  private constructor(exports: KernelExports) {
    this.#exports = exports;
  }

  /** Loads the module, or raises WasmUnavailableError. */
  static async load(): Promise<WasmKernels> {
    return new WasmKernels(await openKernelModule());
  }

  /** Bytes of linear memory. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Filters one frame. Synchronous. */
  run(image: GreyImage, { name, coefficients, parameter }: WasmCall): GreyImage {
    const { widthPx, heightPx, levels } = image;
    const source = this.#exports.SCRATCH_BYTES.value;
    const target = source + Math.ceil(levels.byteLength / 16) * 16;
    const memory = reserveMemory(this.#exports, target + levels.byteLength);
    memory.set(bytesOf(coefficients), this.#exports.COEFFICIENTS.value);
    memory.set(bytesOf(levels), source);
    this.#exports[name](source, target, widthPx, heightPx, parameter);
    const result = memory.slice(target, target + levels.byteLength);
    return { widthPx, heightPx, levels: levels instanceof Uint8Array ? result : new Float32Array(result.buffer) };
  }
}
