/**
 * The two clocks, injected wherever time is read, so that tests can move them.
 *
 * @module
 */
import type { MonotonicMs, UnixMs } from "../base/units.js";

export interface Clock {
  /** For people and records; it may jump. */
  unixMs(): UnixMs;
  /** For durations, order and timeouts; it never jumps. */
  monotonicMs(): MonotonicMs;
}

/** The clocks of this machine. */
export const systemClock: Clock = {
  unixMs: () => Date.now() as UnixMs,
  monotonicMs: () => performance.now() as MonotonicMs,
};
