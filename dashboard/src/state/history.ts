/**
 * The run so far as time series, in bounded memory: recent frames are all kept, older ones ever more thinly.
 *
 * @module
 */
import type { FrameMessage } from "../../../src/stream/protocol/messages.js";

/** What the time charts show of one frame. */
export interface HistoryPoint {
  readonly seq: number;
  /** Seconds since 1970-01-01 UTC at which the frame was received, as uPlot takes them. */
  readonly atS: number;
  readonly count: number;
  /** Diameters in the frame's length unit; `null` with too few particles. */
  readonly d10: number | null;
  readonly d50: number | null;
  readonly d90: number | null;
}

/** uPlot draws 10,000 points in a third of a millisecond; beyond that a screen has no pixels left for them. */
export const HISTORY_LIMIT = 10_000;

export function historyPoint(frame: FrameMessage): HistoryPoint {
  const { count, ecd } = frame.statistics;
  return { seq: frame.seq, atS: frame.receivedAtMs / 1000, count, d10: ecd.d10, d50: ecd.d50, d90: ecd.d90 };
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

  /** The points of the last `windowS` seconds before the newest, oldest first. */
  window(windowS: number): readonly HistoryPoint[] {
    const newest = this.#points.at(-1);
    if (newest === undefined || !Number.isFinite(windowS)) return this.#points;
    const fromS = newest.atS - windowS;
    const first = this.#points.findIndex((point) => point.atS >= fromS);
    return this.#points.slice(first);
  }

  /** Drops every second point of the older half: the newer half keeps every frame, and each pass halves what is old. */
  #thin(): void {
    const half = Math.floor(this.#limit / 2);
    this.#points = this.#points.filter((_, index) => index >= half || index % 2 === 0);
  }
}
