/**
 * What makes a folder source look: events of the directories it watches, or time.
 *
 * @module
 */
import { join } from "node:path";
import { errorText } from "../../base/errors.js";
import type { Clock } from "../../flow/clock.js";
import type { WatchDirectory } from "./watch.js";

/** Events come in groups (create, write, write, close): after the first this long is waited for the others. */
const COALESCE_MS = 4;
/** Paths named by events that are kept; with more, the listing that follows finds them all. */
const HINTS_LIMIT = 4_096;
/** Time until directories that could not be watched are tried again. */
const RETRY_MS = 30_000;

/** What happened since it was last asked. */
export interface WakeReport {
  /** Paths relative to the root that events named. */
  readonly hints: readonly string[];
  /** Whether any event came. */
  readonly woken: boolean;
}

export class Wakes {
  readonly #watch: WatchDirectory;
  readonly #clock: Clock;
  readonly #stops = new Map<string, () => void>();
  readonly #hints = new Set<string>();
  #woken = false;
  #closed = false;
  #failure: string | null = null;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #rouse: (() => void) | null = null;

  constructor(watch: WatchDirectory, clock: Clock) {
    this.#watch = watch;
    this.#clock = clock;
  }

  /** Why events are missing from a directory at least, else `null`. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Watches exactly these directories (relative to `root`); what cannot be watched is left to the listing and tried again later. */
  watchOnly(root: string, directories: readonly string[]): void {
    if (this.#closed) return;
    const wanted = new Set(directories);
    for (const dir of this.#stops.keys()) if (!wanted.has(dir)) this.#stop(dir);
    if (this.#clock.monotonicMs() < this.#retryAtMs) return;
    this.#failure = null;
    for (const dir of wanted) {
      // One refusal for want of watches refuses the rest, too.
      if (this.#failure === null && !this.#stops.has(dir)) this.#begin(root, dir);
    }
  }

  /** Paths and wakes since the last call. */
  take(): WakeReport {
    const report = { hints: [...this.#hints], woken: this.#woken };
    this.#hints.clear();
    this.#woken = false;
    return report;
  }

  /** Resolves after `ms`, or shortly after an event, or when closed. */
  async sleep(ms: number): Promise<void> {
    if (!this.#woken && !this.#closed && ms > COALESCE_MS) await this.#pause(ms);
    if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, Math.min(ms, COALESCE_MS)));
  }

  close(): void {
    this.#closed = true;
    for (const dir of [...this.#stops.keys()]) this.#stop(dir);
    this.#rouse?.();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms - COALESCE_MS);
      this.#rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #begin(root: string, dir: string): void {
    try {
      const stop = this.#watch(join(root, dir), {
        wake: (name) => this.#wake(name === null ? null : join(dir, name)),
        fail: (error) => this.#fail(dir, error),
      });
      this.#stops.set(dir, stop);
    } catch (error) {
      this.#fail(dir, error);
    }
  }

  #wake(path: string | null): void {
    this.#woken = true;
    if (path !== null && this.#hints.size < HINTS_LIMIT) this.#hints.add(path);
    this.#rouse?.();
  }

  #fail(dir: string, error: unknown): void {
    this.#stop(dir);
    this.#failure = errorText(error);
    this.#retryAtMs = this.#clock.monotonicMs() + RETRY_MS;
    this.#wake(null);
  }

  #stop(dir: string): void {
    this.#stops.get(dir)?.();
    this.#stops.delete(dir);
  }
}
