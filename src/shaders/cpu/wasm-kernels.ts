/**
 * The host of the filters in WebAssembly: moves frames in and out of the module's memory.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";
import { NOISE_VALUES, noiseGrid } from "../kernels/noise/noise.js";
import { noiseValues } from "../kernels/noise/noise.ref.js";
import { bytesOf, type KernelExports, openKernelModule, reserveMemory } from "./kernel-module.js";

export type KernelName = "gaussianU8" | "gaussianF32" | "nlmU8" | "nlmF32";

/** The kernels that filter some rows of a frame as well as all of them. */
export type BandKernelName = "nlmU8" | "nlmF32";

/** A call of a kernel on one frame, whose depth is the kernel's. */
export interface WasmCall {
  readonly name: KernelName;
  /** What the kernel reads beside the frame. */
  readonly coefficients: Uint16Array | Float32Array;
  /** Last argument of the kernel. */
  readonly parameter: number;
}

/** A call whose frame may be filtered by several threads, each some of its rows. */
export interface BandCall extends WasmCall {
  readonly name: BandKernelName;
}

/** Whether the work on a frame can be divided. */
export function isBandCall(call: WasmCall): call is BandCall {
  return call.name === "nlmU8" || call.name === "nlmF32";
}

/** The bytes of a frame. */
export interface FrameBytes {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly bytes: Uint8Array;
}

/** Bytes behind a frame that the noise of its last block reads and does not use. */
const NOISE_SLACK_BYTES = 16;

/** Filters rows of the frame that was placed: the first and the one behind the last; gives their bytes, valid until the next call. */
export type FilterRows = (firstRow: number, endRow: number) => Uint8Array;

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
    const bytes = bytesOf(levels);
    const { memory, source, target } = this.#place(bytes, coefficients);
    this.#exports[name](source, target, widthPx, heightPx, parameter, 0, heightPx);
    const result = memory.slice(target, target + bytes.length);
    return { widthPx, heightPx, levels: levels instanceof Uint8Array ? result : new Float32Array(result.buffer) };
  }

  /** The numbers of the blocks of a frame, which noise is estimated from: those of the plain reference, to the bit. */
  noiseValues(image: GreyImage): Float32Array {
    const { widthPx, heightPx, levels } = image;
    if (!(levels instanceof Uint8Array)) return noiseValues(image);
    const { columns, rows, stepXPx, stepYPx } = noiseGrid(widthPx, heightPx);
    const source = this.#exports.SCRATCH_BYTES.value;
    const target = source + Math.ceil((levels.length + NOISE_SLACK_BYTES) / 16) * 16;
    const count = columns * rows * NOISE_VALUES.length;
    const memory = reserveMemory(this.#exports, target + 4 * count);
    memory.set(levels, source);
    this.#exports.noiseU8(source, widthPx, columns, rows, stepXPx, stepYPx, target);
    return new Float32Array(memory.buffer, target, count).slice();
  }

  /** Takes a frame in, to filter some of its rows at a time. */
  begin({ widthPx, heightPx, bytes }: FrameBytes, { name, coefficients, parameter }: BandCall): FilterRows {
    const { memory, source, target } = this.#place(bytes, coefficients);
    const rowBytes = bytes.length / heightPx;
    return (firstRow, endRow) => {
      this.#exports[name](source, target, widthPx, heightPx, parameter, firstRow, endRow);
      return memory.subarray(target + firstRow * rowBytes, target + endRow * rowBytes);
    };
  }

  /** Writes a frame and the coefficients into memory, and makes room for the result. */
  #place(bytes: Uint8Array, coefficients: WasmCall["coefficients"]) {
    const source = this.#exports.SCRATCH_BYTES.value;
    const target = source + Math.ceil(bytes.length / 16) * 16;
    const memory = reserveMemory(this.#exports, target + bytes.length);
    memory.set(bytesOf(coefficients), this.#exports.COEFFICIENTS.value);
    memory.set(bytes, source);
    return { memory, source, target };
  }
}
