/**
 * Finds a process that has stopped: one that gives no sign of life, and one that lives and comes to no end with its work.
 *
 * Time is counted in ticks of this process's own timer, not read from a clock: a daemon that stood still itself (stopped, or its machine
 * asleep) has counted no ticks, and blames nobody for the silence.
 *
 * @module
 */

/** How a process was found: it gives no beat, or its work takes too long. */
export type Stoppage = "silent" | "overdue";

export interface WatchdogOptions {
  /** A process that beats no more for this long has stopped, ms. */
  readonly silenceMs: number;
  /** Told once for each {@link Watchdog.start}. */
  readonly onStopped: (how: Stoppage) => void;
}

/** Longest time between two ticks, ms; a tenth of a limit where that is shorter. */
const LONGEST_TICK_MS = 1_000;

export class Watchdog {
  readonly #options: WatchdogOptions;
  #timer: NodeJS.Timeout | undefined;
  #tickMs = LONGEST_TICK_MS;
  #silentTicks = 0;
  /** Ticks that are left for the work under way; `null`: there is none. */
  #workTicks: number | null = null;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** A process has started. `workLimitMs` is the shortest limit that its work will get. */
  start(workLimitMs: number): void {
    this.stop();
    this.#tickMs = Math.max(1, Math.min(LONGEST_TICK_MS, Math.min(workLimitMs, this.#options.silenceMs) / 10));
    this.#silentTicks = 0;
    this.#timer = setInterval(() => this.#tick(), this.#tickMs);
  }

  /** A sign of life. */
  beat(): void {
    this.#silentTicks = 0;
  }

  /** Work has begun, or has gone on: the next of it must come within `limitMs`. `null`: nothing is under way. */
  expect(limitMs: number | null): void {
    this.#workTicks = limitMs === null ? null : Math.ceil(limitMs / this.#tickMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#workTicks = null;
  }

  #tick(): void {
    this.#silentTicks += 1;
    if (this.#workTicks !== null) this.#workTicks -= 1;
    if (this.#silentTicks * this.#tickMs > this.#options.silenceMs) this.#end("silent");
    else if (this.#workTicks !== null && this.#workTicks < 0) this.#end("overdue");
  }

  #end(how: Stoppage): void {
    this.stop();
    this.#options.onStopped(how);
  }
}
