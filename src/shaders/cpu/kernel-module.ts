/**
 * The WebAssembly module of the CPU's kernels, and the bytes of its memory.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
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
type FilterKernel = (source: number, target: number, widthPx: number, heightPx: number, parameter: number) => void;

/** As {@link FilterKernel}, and the rows to filter: the first and the one behind the last. */
type BandKernel = (...args: readonly [number, number, number, number, number, number, number]) => void;

/** (source, widthPx, heightPx, threshold) -> number of runs. */
type RunCounter = (source: number, widthPx: number, heightPx: number, threshold: number) => number;

/** (source, widthPx, heightPx, threshold, isBright, starts, ends, levels, firstOfRow). */
type RunWriter = (...args: readonly [number, number, number, number, number, number, number, number, number]) => void;

/** (source, widthPx, columns, rows, stepXPx, stepYPx, target). */
type NoiseKernel = (...args: readonly [number, number, number, number, number, number, number]) => void;

/** (source, widthPx, heightPx, factor, fineRadiusPx, coarseRadiusPx, planes) -> skewness. */
type SkewnessKernel = (...args: readonly [number, number, number, number, number, number, number]) => number;

/** What assembly/index.ts exports. */
export interface KernelExports {
  readonly memory: LinearMemory;
  /** Address of the coefficients. */
  readonly COEFFICIENTS: WasmConstant;
  /** Bytes at the start of memory that the kernels work in; frames go behind them. */
  readonly SCRATCH_BYTES: WasmConstant;
  /** Address of the counts of {@link histogramU8}. */
  readonly LEVEL_COUNTS: WasmConstant;
  readonly gaussianU8: FilterKernel;
  readonly gaussianF32: FilterKernel;
  readonly nlmU8: BandKernel;
  readonly nlmF32: BandKernel;
  readonly histogramU8: (source: number, size: number) => void;
  readonly countRunsU8: RunCounter;
  readonly countRunsF32: RunCounter;
  readonly runsU8: RunWriter;
  readonly runsF32: RunWriter;
  readonly noiseU8: NoiseKernel;
  readonly bandSkewnessU8: SkewnessKernel;
  readonly shrunkPlaneBytes: (widthPx: number, heightPx: number, factor: number) => number;
}

/** A new instance with a memory of its own. Raises {@link WasmUnavailableError}. */
export async function openKernelModule(): Promise<KernelExports> {
  try {
    const { instance } = await WebAssembly.instantiate(await readFile(MODULE_URL));
    // The module is compiled from the sources beside this file; its exports are no input.
    return instance.exports as KernelExports;
  } catch (cause) {
    throw new WasmUnavailableError(fileURLToPath(MODULE_URL), cause);
  }
}

/** The memory of an instance, at least `bytes` long: it grows to the largest frame and stays. */
export function reserveMemory({ memory }: KernelExports, bytes: number): Uint8Array {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  return new Uint8Array(memory.buffer);
}

/** The bytes that an array holds, not copied. */
export function bytesOf(array: Uint8Array | Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
