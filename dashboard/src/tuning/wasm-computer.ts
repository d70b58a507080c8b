/**
 * The daemon's own WebAssembly kernels, in the browser.
 *
 * @module
 */
import { quantisedGaussianTaps } from "../../../src/shaders/kernels/gaussian/taps.js";
import { nlmWeights } from "../../../src/shaders/kernels/nlm/weights.js";
import type { Choice, Computer, GreyLevels } from "./choice.js";

const PAGE_BYTES = 65_536;

/** (source, target, widthPx, heightPx, parameter, firstRow, endRow): addresses and pixels. */
type FilterKernel = (...args: readonly number[]) => void;

/** The exports of src/shaders/cpu/assembly that filter 8-bit frames. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly COEFFICIENTS: WebAssembly.Global;
  readonly SCRATCH_BYTES: WebAssembly.Global;
  readonly gaussianU8: FilterKernel;
  readonly nlmU8: FilterKernel;
}

/** Loads the kernels from `url`. Rejects where there is no WebAssembly SIMD. */
export async function openWasmComputer(url: URL): Promise<Computer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the kernels are not served: ${response.status}`);
  const { instance } = await WebAssembly.instantiate(await response.arrayBuffer());
  // Compiled from the project's sources; its exports are no input.
  const exports = instance.exports as unknown as Exports;
  return {
    description: "WebAssembly SIMD",
    filter: (image, choice) => (choice.filter === "none" ? image.levels.slice() : run(exports, image, choice)),
  };
}

function run(exports: Exports, { widthPx, heightPx, levels }: GreyLevels, choice: Choice): Uint8Array<ArrayBuffer> {
  const { memory, SCRATCH_BYTES, COEFFICIENTS } = exports;
  const source: number = SCRATCH_BYTES.value;
  const target = source + Math.ceil(levels.length / 16) * 16;
  const missing = target + levels.length - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  const { coefficients, parameter } = coefficientsOf(choice);
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(new Uint8Array(coefficients.buffer), COEFFICIENTS.value);
  bytes.set(levels, source);
  const kernel = choice.filter === "nlm" ? exports.nlmU8 : exports.gaussianU8;
  kernel(source, target, widthPx, heightPx, parameter, 0, heightPx);
  return bytes.slice(target, target + levels.length);
}

/** The tap behind the last one is read, and must be 0. */
function coefficientsOf({ filter, nlmH, gaussianKernelPx: kernelPx, gaussianSigmaPx: sigmaPx }: Choice) {
  if (filter !== "nlm") {
    return { coefficients: Uint16Array.of(...quantisedGaussianTaps({ kernelPx, sigmaPx }), 0), parameter: kernelPx };
  }
  const coefficients = nlmWeights(nlmH);
  return { coefficients, parameter: coefficients.length - 1 };
}
