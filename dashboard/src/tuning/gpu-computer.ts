/**
 * The filters with gpu.js: on the GPU through WebGL2, or as plain loops.
 *
 * @module
 */
import * as gpuJs from "gpu.js/dist/gpu-browser.js";
import { quantisedGaussianTaps } from "../../../src/shaders/kernels/gaussian/taps.js";
import {
  NLM_H_RANGE,
  nlmWeights,
  PATCH_RADIUS_PX,
  SEARCH_RADIUS_PX,
} from "../../../src/shaders/kernels/nlm/weights.js";
import type { Choice, Computer, GreyLevels } from "./choice.js";
import { GAUSSIAN_ALONG, GAUSSIAN_DOWN, NLM_MEAN, NLM_ROW_SUMS, UPLOAD } from "./kernels.js";
import { padded } from "./padded.js";

type Kernel = gpuJs.Kernel;
type Held = gpuJs.Held;

const HALO_PX = SEARCH_RADIUS_PX + PATCH_RADIUS_PX;
const OFFSETS = (2 * SEARCH_RADIUS_PX + 1) ** 2;
/** The longest table; shorter ones are followed by 0, so that one kernel serves every strength. */
const TABLE_LENGTH = nlmWeights(NLM_H_RANGE.max).length;
/** Row sums that are held at a time: 48 MB, and no draw so long that a slow GPU's screen stands still. */
const ROW_SUM_LIMIT = 12_000_000;

/** The filters on a frame size; kernels are compiled when they are first needed, and kept while the size stays. */
export class GpuComputer implements Computer {
  readonly description: string;
  readonly #gpu: gpuJs.GPU;
  readonly #kernels = new Map<string, Kernel>();
  readonly #rowSumLimit: number;
  #size = "";

  /** Raises an Error where there is no WebGL2. `rowSumLimit`: row sums that are held at a time. */
  constructor(mode: "webgl2" | "cpu", rowSumLimit = ROW_SUM_LIMIT) {
    if (mode === "webgl2" && !gpuJs.GPU.isWebGL2Supported) throw new Error("this browser gives a worker no WebGL2");
    this.#rowSumLimit = rowSumLimit;
    this.#gpu = new gpuJs.GPU({ mode });
    this.description = mode === "webgl2" ? "gpu.js, WebGL2" : "gpu.js, CPU";
  }

  filter(image: GreyLevels, choice: Choice): Uint8Array<ArrayBuffer> {
    const { widthPx, heightPx, levels } = image;
    if (choice.filter === "none") return levels.slice();
    this.#keepFor(`${widthPx} x ${heightPx}`);
    return choice.filter === "nlm" ? this.#nlm(image, choice.nlmH) : this.#gaussian(image, choice);
  }

  #gaussian(image: GreyLevels, { gaussianKernelPx: kernelPx, gaussianSigmaPx: sigmaPx }: Choice) {
    const { widthPx, heightPx } = image;
    const haloPx = (kernelPx - 1) / 2;
    const constants = { kernelPx, stridePx: widthPx + 2 * haloPx };
    const taps = Float32Array.from(quantisedGaussianTaps({ kernelPx, sigmaPx }));
    const along = this.#kernel(`gaussian along, ${kernelPx}`, GAUSSIAN_ALONG, {
      output: [widthPx, heightPx + 2 * haloPx],
      constants,
      pipeline: true,
    });
    const down = this.#kernel(`gaussian down, ${kernelPx}`, GAUSSIAN_DOWN, { output: [widthPx, heightPx], constants });
    const target = new Uint8Array(widthPx * heightPx);
    copyRows(down(along(padded(image, haloPx), taps), taps), target, { widthPx, firstRow: 0 });
    return target;
  }

  #nlm(image: GreyLevels, h: number) {
    const { widthPx, heightPx } = image;
    const bandRows = bandRowsFor(image, this.#rowSumLimit);
    const source = this.#uploaded("frame", padded(image, HALO_PX, bandRows));
    const table = new Float32Array(TABLE_LENGTH);
    table.set(nlmWeights(h));
    const weights = this.#uploaded("table", table);
    const constants = { stridePx: widthPx + 2 * HALO_PX, lastEntry: TABLE_LENGTH - 1 };
    const rowSums = this.#kernel("row sums", NLM_ROW_SUMS, {
      output: [widthPx, bandRows + 2 * PATCH_RADIUS_PX, OFFSETS],
      constants,
      pipeline: true,
    });
    const mean = this.#kernel("mean", NLM_MEAN, { output: [widthPx, bandRows], constants });
    const target = new Uint8Array(widthPx * heightPx);
    for (let top = 0; top < heightPx; top += bandRows) {
      copyRows(mean(rowSums(source, top), weights, source, top), target, { widthPx, firstRow: top });
    }
    return target;
  }

  /** `values` where the kernels run. */
  #uploaded(name: string, values: Float32Array): Held {
    return this.#kernel(`upload ${name}`, UPLOAD, { output: [values.length], pipeline: true })(values);
  }

  #kernel(name: string, source: string, settings: gpuJs.KernelSettings): Kernel {
    const made = this.#kernels.get(name);
    if (made !== undefined) return made;
    const kernel = this.#gpu.createKernel(source, { ...settings, precision: "single", tactic: "precision" });
    this.#kernels.set(name, kernel);
    return kernel;
  }

  #keepFor(size: string): void {
    if (size === this.#size) return;
    for (const kernel of this.#kernels.values()) kernel.destroy();
    this.#kernels.clear();
    this.#size = size;
  }
}

/** Rows that are filtered at a time. */
function bandRowsFor({ widthPx, heightPx }: GreyLevels, rowSumLimit: number): number {
  const most = Math.floor(rowSumLimit / (OFFSETS * widthPx)) - 2 * PATCH_RADIUS_PX;
  return Math.min(heightPx, Math.max(1, most));
}

/** Rows of levels, as a kernel gives them, into the frame; those past its end are left out. */
function copyRows(
  rows: Held,
  target: Uint8Array,
  { widthPx, firstRow }: { readonly widthPx: number; readonly firstRow: number },
): void {
  if (!Array.isArray(rows)) throw new Error("gpu.js gave no rows");
  for (const [index, row] of rows.entries()) {
    const at = (firstRow + index) * widthPx;
    if (at >= target.length) break;
    if (!(row instanceof Float32Array)) throw new Error("gpu.js gave no row of numbers");
    target.set(row, at);
  }
}
