/**
 * Filters frames on several threads, which are started once.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import type { GreyImage } from "../../stream/base/frame.js";
import { BAND_ROWS, type BandJob, filterBands } from "./bands.js";
import { bytesOf } from "./kernel-module.js";
import { type BandCall, isBandCall, type WasmCall, WasmKernels } from "./wasm-kernels.js";

/** The thread that the build writes; as for the kernels, one path for the compiled host and for the host run from source. */
const THREAD_URL = new URL("../../../dist/shaders/cpu/filter-thread.js", import.meta.url);

/** Another thread, which does one thing at a time. */
class Helper {
  readonly #worker: Worker;
  #answer: (isDone: boolean) => void = () => undefined;

  constructor() {
    this.#worker = new Worker(THREAD_URL);
    this.#worker.on("message", () => this.#answer(true));
    // Whatever it died of, the frame is filtered without it.
    this.#worker.on("error", () => this.#answer(false));
    this.#worker.on("exit", () => this.#answer(false));
  }

  /** Whether it has started. */
  started(): Promise<boolean> {
    return this.#asked(() => undefined);
  }

  /** Helps with a frame; `false`: it has died, and with it the band it had. */
  help(job: BandJob): Promise<boolean> {
    return this.#asked(() => this.#worker.postMessage(job));
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  /** A process that is otherwise done does not wait for its helpers, but for their answers. */
  async #asked(ask: () => void): Promise<boolean> {
    this.#worker.ref();
    const isDone = await new Promise<boolean>((resolve) => {
      this.#answer = resolve;
      ask();
    });
    this.#worker.unref();
    return isDone;
  }
}

/** Kernels on this thread, and helpers on others for filters whose work can be divided. */
export class FilterPool {
  readonly #kernels: WasmKernels;
  #helpers: readonly Helper[];
  /** Shared memory of source and target; grows to the largest frame and stays. */
  #shared = new SharedArrayBuffer(0);
  readonly #nextBand = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** Frames are filtered one after the other. */
  #work: Promise<unknown> = Promise.resolve();

  private constructor(kernels: WasmKernels, helpers: readonly Helper[]) {
    this.#kernels = kernels;
    this.#helpers = helpers;
  }

  /** Loads the kernels and starts `threads - 1` helpers; those that do not start are done without. Raises WasmUnavailableError. */
  static async open(threads: number): Promise<FilterPool> {
    const kernels = await WasmKernels.load();
    const helpers = Array.from({ length: threads - 1 }, () => new Helper());
    const started = await Promise.all(helpers.map((helper) => helper.started()));
    return new FilterPool(
      kernels,
      helpers.filter((_, i) => started[i]),
    );
  }

  get memoryBytes(): number {
    return this.#kernels.memoryBytes + this.#shared.byteLength;
  }

  /** Filters one frame; whatever the number of threads, the bits are the same. */
  run(image: GreyImage, call: WasmCall): Promise<GreyImage> {
    if (this.#helpers.length === 0 || image.heightPx <= BAND_ROWS || !isBandCall(call)) {
      return Promise.resolve(this.#kernels.run(image, call));
    }
    const result = this.#work.then(() => this.#share(image, call));
    this.#work = result.catch(() => undefined);
    return result;
  }

  /** The numbers of the blocks of a frame; on this thread. */
  noiseValues(image: GreyImage): Float32Array {
    return this.#kernels.noiseValues(image);
  }

  /** Ends the helpers. Idempotent. */
  async close(): Promise<void> {
    const helpers = this.#helpers;
    this.#helpers = [];
    await this.#work;
    await Promise.all(helpers.map((helper) => helper.end()));
  }

  async #share(image: GreyImage, call: BandCall): Promise<GreyImage> {
    const { widthPx, heightPx, levels } = image;
    const { source, target } = this.#room(levels.byteLength);
    source.set(bytesOf(levels));
    Atomics.store(this.#nextBand, 0, 0);
    const job: BandJob = { widthPx, heightPx, source, target, nextBand: this.#nextBand, call };
    const helpers = this.#helpers;
    const answers = helpers.map((helper) => helper.help(job));
    filterBands(this.#kernels, job);
    const done = await Promise.all(answers);
    if (done.includes(false)) {
      this.#helpers = helpers.filter((_, i) => done[i]);
      return this.#kernels.run(image, call);
    }
    const result = new Uint8Array(target.length);
    result.set(target);
    return { widthPx, heightPx, levels: levels instanceof Uint8Array ? result : new Float32Array(result.buffer) };
  }

  #room(bytes: number): Pick<BandJob, "source" | "target"> {
    const aligned = Math.ceil(bytes / 16) * 16;
    if (this.#shared.byteLength < 2 * aligned) this.#shared = new SharedArrayBuffer(2 * aligned);
    return { source: new Uint8Array(this.#shared, 0, bytes), target: new Uint8Array(this.#shared, aligned, bytes) };
  }
}
