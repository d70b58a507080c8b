/**
 * A recording that is played again: frames that are there already, offered at their own pace or another.
 *
 * @module
 */
import type { FrameFate } from "../../base/accounting.js";
import type { FrameRejectedError } from "../../base/frame.js";
import type { Clock } from "../../flow/clock.js";
import { orAborted } from "../or-aborted.js";
import type { FrameSink, FrameSource, OfferedFrame, SourceHealth } from "../source.js";

/** A frame of a recording, or why it is not there any more. */
export interface RecordedFrame {
  /** Unique in the recording. */
  readonly key: string;
  readonly label: string;
  /** When it was recorded, ms, on any clock; `null` where nobody knows. */
  readonly atMs: number | null;
  readonly found: OfferedFrame["payload"] | FrameRejectedError;
}

export interface ReplayOptions {
  /** Of the source; unique in the daemon. */
  readonly name: string;
  /** What the run of this replay is called. */
  readonly runName: string;
  /** Put before every key, so that a recording can be played again and again. */
  readonly keyPrefix: string;
  /** In their order; looked up only as they are played. */
  readonly frames: AsyncIterable<RecordedFrame>;
  /** 1: as it was recorded; 10: ten times as fast; Infinity: as fast as frames are analysed. */
  readonly speed: number;
  /** Frames a second at speed 1 whatever the recording says; `null`: as it says. */
  readonly framesPerS: number | null;
  readonly clock: Clock;
}

/** Frames a second of a recording without times. */
export const FALLBACK_FRAMES_PER_S = 10;

/** A source that ends. */
export interface ReplaySource extends FrameSource {
  /** Resolves when every frame has been offered and settled. Rejects where the recording cannot be read to its end. */
  readonly done: Promise<void>;
}

export const createReplaySource = (options: ReplayOptions): ReplaySource => new Replay(options);

class Replay implements ReplaySource {
  readonly name: string;
  readonly done: Promise<void>;
  readonly #options: ReplayOptions;
  readonly #pace: Pace;
  readonly #closing = new AbortController();
  readonly #unsettled = new Set<string>();
  #state: SourceHealth = { state: "ok", detail: "not started" };
  #played = 0;
  #isOffered = false;
  #finish: () => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;
  #running: Promise<void> | null = null;

  constructor(options: ReplayOptions) {
    this.name = options.name;
    this.#options = options;
    this.#pace = new Pace(options);
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    // Whoever does not wait for the end learns of a failure by the health.
    this.done.catch(() => undefined);
  }

  health(): SourceHealth {
    return this.#state;
  }

  async start(sink: FrameSink): Promise<void> {
    await sink.beginRun({ name: this.#options.runName });
    this.#running = this.#run(sink);
  }

  settle(key: string, _fate: FrameFate): void {
    this.#unsettled.delete(key);
    this.#endIfSettled();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(sink: FrameSink): Promise<void> {
    try {
      for await (const frame of this.#options.frames) {
        await this.#pace.until(frame.atMs, this.#closing.signal);
        if (this.#closing.signal.aborted) return;
        await this.#play(frame, sink);
      }
      this.#state = { state: "ok", detail: `played to its end: ${this.#played} frames` };
      this.#isOffered = true;
      this.#endIfSettled();
    } catch (error) {
      this.#state = { state: "failed", detail: error instanceof Error ? error.message : String(error) };
      this.#fail(error);
    }
  }

  async #play({ key, label, found }: RecordedFrame, sink: FrameSink): Promise<void> {
    const { keyPrefix, clock } = this.#options;
    this.#played += 1;
    this.#state = { state: "ok", detail: `playing, ${this.#played} frames so far` };
    const frame = { key: `${keyPrefix}${key}`, label, receivedAtMs: clock.unixMs() };
    this.#unsettled.add(frame.key);
    if (found instanceof Error) sink.reject(frame, found);
    else await orAborted(sink.offer({ ...frame, payload: found }), this.#closing.signal);
  }

  #endIfSettled(): void {
    if (this.#isOffered && this.#unsettled.size === 0) this.#finish();
  }
}

/** When each frame is due. */
class Pace {
  readonly #clock: Clock;
  readonly #speed: number;
  readonly #framesPerS: number | null;
  #dueMs: number | null = null;
  #lastAtMs: number | null = null;

  constructor({ clock, speed, framesPerS }: ReplayOptions) {
    this.#clock = clock;
    this.#speed = speed;
    this.#framesPerS = framesPerS;
  }

  /** Waits until a frame recorded at `atMs` is due. Whoever falls behind does not hurry afterwards: gaps are as long as they were. */
  async until(atMs: number | null, signal: AbortSignal): Promise<void> {
    const gapMs = this.#gapMs(atMs) / this.#speed;
    this.#lastAtMs = atMs;
    const nowMs = this.#clock.monotonicMs();
    this.#dueMs = this.#dueMs === null ? nowMs : Math.max(this.#dueMs + gapMs, nowMs - LAG_LIMIT_MS);
    const waitMs = this.#dueMs - nowMs;
    if (waitMs > 0) await pause(waitMs, signal);
  }

  #gapMs(atMs: number | null): number {
    if (this.#framesPerS !== null) return 1_000 / this.#framesPerS;
    if (atMs === null || this.#lastAtMs === null) return 1_000 / FALLBACK_FRAMES_PER_S;
    // A clock that was set back, or files that were copied in another order.
    return Math.max(0, atMs - this.#lastAtMs);
  }
}

/** How far a replay may be behind and still catch up, ms: timers and a busy moment, not an analyzer that is too slow. */
const LAG_LIMIT_MS = 250;

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.addEventListener("abort", end);
  });
}
