/**
 * How far a run is: a bar on a terminal, else a line every few seconds.
 *
 * @module
 */
import type { MonotonicMs } from "../../stream/base/units.js";
import type { Clock } from "../../stream/flow/clock.js";
import type { CliIo } from "./io.js";

const BAR_WIDTH = 30;
const REDRAW_MS = 100;
const LINE_MS = 5_000;
const CLEAR_LINE = "\r\u001b[2K";

export interface Progress {
  /** One more is done. */
  step(): void;
  /** Takes the bar away; lines stay. */
  end(): void;
}

/** Shows the progress over `total` frames on stderr. */
export function createProgress(total: number, io: Pick<CliIo, "stderr" | "isTerminal">, clock: Clock): Progress {
  const startedAtMs = clock.monotonicMs();
  let shownAtMs = startedAtMs;
  let done = 0;
  const isDue = (nowMs: MonotonicMs): boolean => nowMs - shownAtMs >= (io.isTerminal ? REDRAW_MS : LINE_MS);
  return {
    step() {
      done += 1;
      const nowMs = clock.monotonicMs();
      if (!isDue(nowMs)) return;
      shownAtMs = nowMs;
      const text = progressText(done, total, nowMs - startedAtMs);
      io.stderr(io.isTerminal ? `${CLEAR_LINE}${bar(done / total)} ${text}` : `${text}\n`);
    },
    end() {
      if (io.isTerminal) io.stderr(CLEAR_LINE);
    },
  };
}

/** `120 of 1000 frames, 43.1 frames/s, 0:20 left` */
export function progressText(done: number, total: number, elapsedMs: number): string {
  const perSecond = (done * 1000) / Math.max(elapsedMs, 1);
  return `${done} of ${total} frames, ${perSecond.toFixed(1)} frames/s, ${durationText((total - done) / perSecond)} left`;
}

function bar(share: number): string {
  const filled = Math.round(share * BAR_WIDTH);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}]`;
}

/** Minutes and seconds, `0:07`; with hours, `1:02:03`. */
function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
