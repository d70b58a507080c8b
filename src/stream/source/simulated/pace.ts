/**
 * A steady rate: each beat is due at a fixed time after the first, so that small delays never add up.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";

/** Time as the pace sees it; injected so that tests can move it. */
export interface Timer {
  /** Monotonic, ms. */
  nowMs(): number;
  /** Resolves after a time, or at once when the signal is aborted; never rejects. */
  wait(durationMs: number, signal: AbortSignal | undefined): Promise<void>;
}

export const systemTimer: Timer = {
  nowMs: () => performance.now(),
  wait: (durationMs, signal) =>
    sleep(durationMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};

/** Behind by more than this, a pace starts anew and does not race after lost beats: the machine slept or cannot keep up. */
const LONGEST_ARREARS_MS = 1000;

export interface Pace {
  /** Resolves when the next beat is due: the first at once. */
  next(signal: AbortSignal | undefined): Promise<void>;
}

/** A pace of `perS` beats a second; `null`: as fast as they are asked for. */
export function createPace(perS: number | null, timer: Timer): Pace {
  let startMs = timer.nowMs();
  let beats = 0;
  return {
    async next(signal) {
      if (perS === null) return;
      const lateMs = timer.nowMs() - (startMs + (beats * 1000) / perS);
      if (lateMs > LONGEST_ARREARS_MS) {
        startMs = timer.nowMs();
        beats = 0;
      }
      beats += 1;
      if (lateMs < 0) await timer.wait(-lateMs, signal);
    },
  };
}
