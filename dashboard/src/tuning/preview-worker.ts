/**
 * The page's side of the worker: one preview at a time, and of those that wait only the newest.
 *
 * @module
 */
import type { PreviewJob, PreviewResult } from "./choice.js";

export interface Asked {
  readonly job: PreviewJob;
  readonly onResult: (result: PreviewResult) => void;
}

export class PreviewWorker {
  readonly #worker = new Worker(new URL("./tuning-worker.ts", import.meta.url), { type: "module" });
  #running: Asked | null = null;
  #waiting: Asked | null = null;

  constructor() {
    this.#worker.addEventListener("message", ({ data }: MessageEvent<PreviewResult>) => this.#answer(data));
    this.#worker.addEventListener("error", ({ message }) => {
      this.#answer({ kind: "failed", problem: message || "the worker that computes previews does not start" });
    });
  }

  /** Asks for a preview; one that is overtaken by a newer one before it has begun gives no result. */
  ask(asked: Asked): void {
    if (this.#running !== null) {
      this.#waiting = asked;
      return;
    }
    this.#running = asked;
    this.#worker.postMessage(asked.job);
  }

  close(): void {
    this.#worker.terminate();
  }

  #answer(result: PreviewResult): void {
    const done = this.#running;
    const next = this.#waiting;
    this.#running = null;
    this.#waiting = null;
    done?.onResult(result);
    if (next !== null) this.ask(next);
  }
}
