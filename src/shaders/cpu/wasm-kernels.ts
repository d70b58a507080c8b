/**
 * The host of the WebAssembly kernels: loads the module and moves frames in and out of its memory.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { GreyImage } from "../../stream/base/frame.js";
import { WasmUnavailableError } from "./errors.js";

/**
 * Where the build writes the module. `src/` and `dist/` lie side by side, so this one path is right for the compiled host and
 * for the host run from source.
 */
const MODULE_URL = new URL("../../../dist/shaders/cpu/kernels.wasm", import.meta.url);

const PAGE_BYTES = 65_536;

interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface WasmConstant {
  readonly value: number;
}

/** The part of the global that is used here; the libraries for Node do not declare it. */
declare const WebAssembly: {
  instantiate(module: Uint8Array): Promise<{ readonly instance: { readonly exports: unknown } }>;
};

/** (source, target, widthPx, heightPx, parameter): addresses and pixels; the parameter is the kernel's own. */
type KernelFunction = (source: number, target: number, widthPx: number, heightPx: number, parameter: number) => void;

/** What assembly/index.ts exports. */
interface KernelExports {
  readonly memory: LinearMemory;
  /** Address of the coefficients. */
  readonly COEFFICIENTS: WasmConstant;
  /** Bytes at the start of memory that the kernels work in; frames go behind them. */
  readonly SCRATCH_BYTES: WasmConstant;
  readonly gaussianU8: KernelFunction;
  readonly gaussianF32: KernelFunction;
  readonly nlmU8: KernelFunction;
  readonly nlmF32: KernelFunction;
}

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

  /** Loads the module, or raises {@link WasmUnavailableError}. */
  static async load(): Promise<WasmKernels> {
    try {
      const { instance } = await WebAssembly.instantiate(await readFile(MODULE_URL));
      // The module is compiled from the sources beside this file; its exports are no input.
      return new WasmKernels(instance.exports as KernelExports);
    } catch (cause) {
      throw new WasmUnavailableError(fileURLToPath(MODULE_URL), cause);
    }
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
    const memory = this.#reserve(target + levels.byteLength);
    memory.set(bytesOf(coefficients), this.#exports.COEFFICIENTS.value);
    memory.set(bytesOf(levels), source);
    this.#exports[name](source, target, widthPx, heightPx, parameter);
    const result = memory.slice(target, target + levels.byteLength);
    return { widthPx, heightPx, levels: levels instanceof Uint8Array ? result : new Float32Array(result.buffer) };
  }

  /** The memory, at least `bytes` long. */
  #reserve(bytes: number): Uint8Array {
    const { memory } = this.#exports;
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    return new Uint8Array(memory.buffer);
  }
}

function bytesOf(array: Uint8Array | Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
