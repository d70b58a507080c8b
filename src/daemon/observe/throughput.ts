/**
 * How fast frames come out, and how long each took.
 *
 * @module
 */
import type { MonotonicMs } from "../../stream/base/units.js";

/** Long enough to be steady, short enough to follow an experiment. */
const WINDOW_MS = 5_000;
/** Bounds the memory at any rate; beyond it the window is shorter in time. */
const WINDOW_FRAMES = 8_192;

interface Sample {
  readonly atMs: MonotonicMs;
  readonly latencyMs: number;
  readonly batchFrames: number;
}

export interface Throughput {
  readonly framesPerSecond: number;
  readonly latencyMs: { readonly p50: number | null; readonly p99: number | null };
  /** Frames that were computed together: as a frame sees it on average, and most. */
  readonly batch: { readonly mean: number | null; readonly largest: number | null };
}

const NOTHING: Throughput = {
  framesPerSecond: 0,
  latencyMs: { p50: null, p99: null },
  batch: { mean: null, largest: null },
};

/** Rate, latency and batches over the last 5 s. */
export class ThroughputWindow {
  #samples: Sample[] = [];

  add(atMs: MonotonicMs, latencyMs: number, batchFrames: number): void {
    if (this.#samples.length >= 2 * WINDOW_FRAMES) this.#samples = this.#samples.slice(-WINDOW_FRAMES);
    this.#samples.push({ atMs, latencyMs, batchFrames });
  }

  read(nowMs: MonotonicMs): Throughput {
    this.#samples = this.#samples.filter((sample) => nowMs - sample.atMs < WINDOW_MS);
    const first = this.#samples[0];
    if (first === undefined) return NOTHING;
    const sorted = this.#samples.map((sample) => sample.latencyMs).sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
    // Until the window is full, the rate is over the time that has passed; a second at least, so that the first frame is no spike.
    const spanMs = Math.max(1_000, Math.min(WINDOW_MS, nowMs - first.atMs));
    const batches = this.#samples.map((sample) => sample.batchFrames);
    return {
      framesPerSecond: (sorted.length * 1_000) / spanMs,
      latencyMs: { p50: at(0.5), p99: at(0.99) },
      batch: {
        mean: batches.reduce((sum, frames) => sum + frames, 0) / batches.length,
        largest: batches.reduce((most, frames) => Math.max(most, frames), 0),
      },
    };
  }
}
