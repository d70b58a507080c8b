/**
 * The run so far as time series, in bounded memory: recent frames are all kept, older ones ever more thinly.
 *
 * @module
 */
import type { FrameMessage, HistoryPoint } from "./messages.js";

/** Points that a history holds: more than a screen has pixels for, and 400 kB in `hello`. */
export const HISTORY_LIMIT = 4_096;

/** What the history keeps of one frame. */
export function historyPoint(frame: FrameMessage): HistoryPoint {
  const { seq, receivedAtMs, statistics } = frame;
  const { d10, d50, d90 } = statistics.ecd;
  return { seq, receivedAtMs, count: statistics.count, d10, d50, d90 };
}

export class History {
  readonly #limit: number;
  #points: HistoryPoint[] = [];

  constructor(limit = HISTORY_LIMIT) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#points.length;
  }

  get points(): readonly HistoryPoint[] {
    return this.#points;
  }

  /** Adds a frame; one that is not newer than the last is ignored, so that resent frames count once. */
  add(point: HistoryPoint): void {
    const last = this.#points.at(-1);
    if (last !== undefined && point.seq <= last.seq) return;
    this.#points.push(point);
    if (this.#points.length > this.#limit) this.#thin();
  }

  clear(): void {
    this.#points = [];
  }

  /** The points of the last `windowMs` before the newest, oldest first. */
  window(windowMs: number): readonly HistoryPoint[] {
    const newest = this.#points.at(-1);
    if (newest === undefined || !Number.isFinite(windowMs)) return this.#points;
    const fromMs = newest.receivedAtMs - windowMs;
    const first = this.#points.findIndex((point) => point.receivedAtMs >= fromMs);
    return this.#points.slice(first);
  }

  /** Drops every second point of the older half: the newer half keeps every frame, and each pass halves what is old. */
  #thin(): void {
    const half = Math.floor(this.#limit / 2);
    this.#points = this.#points.filter((_, index) => index >= half || index % 2 === 0);
  }
}
