/**
 * A thread that helps to filter frames, with kernels and memory of its own.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import { type BandJob, filterBands } from "./bands.js";
import { WasmKernels } from "./wasm-kernels.js";

const kernels = await WasmKernels.load();

parentPort?.on("message", (job: BandJob) => {
  filterBands(kernels, job);
  parentPort?.postMessage("done");
});
parentPort?.postMessage("ready");
