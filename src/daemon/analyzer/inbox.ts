/**
 * Frames that have arrived at the analyzer, and how many of them are computed together.
 *
 * @module
 */

/** What waits: only frames that share their settings are computed together. */
export interface Arrived {
  readonly settings: string;
}

export interface InboxOptions {
  /** Most frames of a batch, >= 1. */
  readonly limit: number;
  /** Longest that a batch waits for more frames after its first has arrived, ms; 0 takes what is there. */
  readonly waitMs: number;
  /** Monotonic clock, ms. */
  readonly nowMs: () => number;
}

/**
 * Gives out batches. Under a backlog a batch is as large as it may be and nobody waits. Without one it waits for the next frame, but only
 * while frames come closer together than it may wait: a slow stream is never held up. The daemon bounds how many frames are here.
 */
export class Inbox<Item extends Arrived> {
  readonly #options: InboxOptions;
  readonly #arrived: { readonly item: Item; readonly atMs: number }[] = [];
  /** Between the last two frames. */
  #intervalMs = Number.POSITIVE_INFINITY;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #wake: () => void = () => undefined;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  put(item: Item): void {
    const atMs = this.#options.nowMs();
    this.#intervalMs = atMs - this.#lastAtMs;
    this.#lastAtMs = atMs;
    this.#arrived.push({ item, atMs });
    this.#wake();
  }

  /** The next batch: at least one frame, at most `limit`, all with the settings of the first. */
  async batch(): Promise<readonly Item[]> {
    for (;;) {
      const waitMs = this.#msToWait();
      if (waitMs <= 0) break;
      await this.#nextFrame(waitMs);
    }
    return this.#arrived.splice(0, this.#count()).map(({ item }) => item);
  }

  /** How long the next batch may wait for more; not at all once it is whole. */
  #msToWait(): number {
    const [first] = this.#arrived;
    if (first === undefined) return Number.POSITIVE_INFINITY;
    const { limit, waitMs, nowMs } = this.#options;
    const isWhole = this.#count() >= limit || this.#count() < this.#arrived.length;
    return isWhole || this.#intervalMs > waitMs ? 0 : first.atMs + waitMs - nowMs();
  }

  /** Frames that could be computed together now. */
  #count(): number {
    const settings = this.#arrived[0]?.item.settings;
    const other = this.#arrived.findIndex(({ item }) => item.settings !== settings);
    return Math.min(this.#options.limit, other < 0 ? this.#arrived.length : other);
  }

  /** Resolves with the next frame, and after `ms` at the latest. */
  #nextFrame(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined;
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
