/**
 * What an analyzer falls back to when its GPU is lost again and again, and what is said meanwhile.
 *
 * @module
 */
import type { AnalyzerOptions, AnalyzerReady } from "./messages.js";

export class Fallback {
  readonly #asked: AnalyzerOptions;
  /** Why the GPU was left out; `null` while it is not. */
  #left: string | null = null;
  #isReturning = false;
  /** The best that has computed here: with the fewest notes. */
  #best: AnalyzerReady | null = null;
  #now: AnalyzerReady | null = null;

  constructor(asked: AnalyzerOptions) {
    this.#asked = asked;
  }

  /** What the next process is started with. */
  get options(): AnalyzerOptions {
    return this.#left === null || this.#isReturning ? this.#asked : { ...this.#asked, gpu: "off", provider: "cpu" };
  }

  /** Leaves the GPU out from the next start on, where one may be used. */
  leaveGpu(why: string): void {
    if (this.#asked.gpu === "off" && this.#asked.provider === "cpu") return;
    this.#left ??= why;
    this.#isReturning = false;
  }

  /** The next process is started with what was asked for. */
  goBack(): void {
    this.#isReturning = true;
  }

  /** A process computes. */
  take(ready: AnalyzerReady): void {
    if (this.#isReturning) this.#left = null;
    this.#isReturning = false;
    this.#now = ready;
    if (this.#left === null && this.isAsGood(ready)) this.#best = ready;
  }

  /** Whether `ready` is of a process that does as well as the best that has computed here. */
  isAsGood(ready: AnalyzerReady): boolean {
    return this.#best === null || ready.notes.length <= this.#best.notes.length;
  }

  /** What computes slower than it could, and why; empty when nothing does. */
  notes(): readonly string[] {
    if (this.#left !== null) return [`${this.#left}: it runs on the CPU only until the GPU computes again`];
    if (this.#now === null || this.isAsGood(this.#now)) return [];
    return [`the analyzer has lost its GPU (${this.#now.notes.join("; ")})`];
  }
}
