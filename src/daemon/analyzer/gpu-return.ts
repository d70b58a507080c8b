/**
 * Looks whether a GPU that was lost is back: by starting a process beside the one that works, with what was asked for at first.
 *
 * That process verifies the GPU as every start does, and is ended again: frames never meet a GPU that has not just computed right.
 *
 * @module
 */
import type { AnalyzerChild, SpawnAnalyzer } from "./child.js";
import type { AnalyzerOptions, AnalyzerReady } from "./messages.js";
import { SUPERVISION } from "./supervision.js";

export interface GpuReturnOptions {
  readonly spawn: SpawnAnalyzer;
  readonly options: AnalyzerOptions;
  readonly firstPauseMs: number;
  readonly isAsGood: (ready: AnalyzerReady) => boolean;
  /** Told once; nothing is tried after it. */
  readonly onReturned: () => void;
}

export class GpuReturn {
  readonly #options: GpuReturnOptions;
  #pauseMs: number;
  #timer: NodeJS.Timeout | undefined;
  #trial: AnalyzerChild | undefined;

  constructor(options: GpuReturnOptions) {
    this.#options = options;
    this.#pauseMs = options.firstPauseMs;
  }

  /** Tries from time to time, ever more rarely. */
  watch(): void {
    if (this.#timer !== undefined || this.#trial !== undefined) return;
    this.#timer = setTimeout(() => this.#try(), this.#pauseMs);
    this.#timer.unref();
    this.#pauseMs = Math.min(2 * this.#pauseMs, SUPERVISION.gpuRetryLimitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const trial = this.#trial;
    this.#trial = undefined;
    trial?.kill();
  }

  #try(): void {
    this.#timer = undefined;
    const overdue = setTimeout(() => trial.kill(), SUPERVISION.startDeadlineMs);
    const trial = this.#options.spawn(this.#options.options, {
      message: (message) => {
        if (message.op !== "ready" || !this.#options.isAsGood(message)) return trial.kill();
        if (this.#trial !== trial) return;
        this.stop();
        this.#options.onReturned();
      },
      beat: () => undefined,
      printed: () => undefined,
      death: () => {
        clearTimeout(overdue);
        if (this.#trial !== trial) return;
        this.#trial = undefined;
        this.watch();
      },
    });
    this.#trial = trial;
  }
}
