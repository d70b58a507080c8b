/**
 * Intake: gives each frame its place in the order, and lets it wait in the queue of its stream for the analyzer.
 *
 * @module
 */
import type { DropCause, FrameFate } from "../base/accounting.js";
import type { Cadence } from "../base/cadence.js";
import type { FrameRejectedError } from "../base/frame.js";
import type { FrameSeq, MonotonicMs } from "../base/units.js";
import type { FrameSink, FrameSource, OfferedFrame, RunLabel } from "../source/source.js";
import type { QueueLimits } from "./bounded-queue.js";
import type { Clock } from "./clock.js";
import { failpoint } from "./failpoint.js";
import type { InletState } from "./inlet.js";
import { Inlet } from "./inlet.js";
import type { OpenedSpool } from "./spool.js";

/**
 * Frames of one stream between intake and record; at this many the source waits, whatever its cadence. Dropped frames wait for those
 * before them too, so that the order is kept: this is what a hung analyzer may cost in memory, 10 MB.
 */
const UNENDED_FRAMES = 16_384;

/** A frame that has its place. */
export interface SequencedFrame {
  readonly seq: FrameSeq;
  readonly source: string;
  /** For latency; the frame's own `receivedAtMs` is wall time and may jump. */
  readonly takenInAtMs: MonotonicMs;
  readonly frame: Pick<OfferedFrame, "key" | "label" | "receivedAtMs">;
}

/** A frame that waits for the analyzer. */
export interface QueuedFrame extends SequencedFrame {
  readonly frame: OfferedFrame;
}

/** What is left of a frame when it has ended: it may have to wait for those before it, and its pixels are let go. */
export function withoutPayload({ seq, source, takenInAtMs, frame }: QueuedFrame): SequencedFrame {
  const { key, label, receivedAtMs } = frame;
  return { seq, source, takenInAtMs, frame: { key, label, receivedAtMs } };
}

/** How a frame ended before it reached the analyzer. */
export type EarlyEnd =
  | { readonly kind: "rejected"; readonly error: FrameRejectedError }
  | { readonly kind: "dropped"; readonly cause: DropCause };

/** What a source may ask about runs. */
export type RunChange = ({ readonly op: "startRun" } & RunLabel) | { readonly op: "endRun" };

export interface IntakeOptions {
  /** Most that may wait of each stream. */
  readonly limits: QueueLimits;
  /** Of streams that have none of their own. */
  readonly cadence: Cadence;
  readonly clock: Clock;
  /** Told of each frame that has got its place. */
  readonly onTaken?: (frame: SequencedFrame) => void;
  /** Told of each frame that ends in intake, so that its place in the order is filled. */
  readonly onEarlyEnd: (frame: SequencedFrame, end: EarlyEnd) => void;
  /** Number of the last frame of the daemon before, 0 by default. */
  readonly lastSeq?: number;
  /** How a frame had ended whose content is recorded already: it is not taken in again. */
  readonly recordedFate?: (source: string, key: string) => FrameFate | undefined;
  /** The greatest recorded key of a source that begins with a prefix. */
  readonly lastRecorded?: (source: string, prefix: string) => string | undefined;
  /** Begins or ends a run, by the frame numbers of now. */
  readonly changeRun?: (change: RunChange) => Promise<void>;
  /** Resolves when there is room to record further frames; `undefined`: there is. Whatever the cadence, sources wait for it. */
  readonly room?: () => Promise<void> | undefined;
}

/** What a stream may have of its own. */
export interface StreamOptions {
  readonly cadence?: Cadence;
  /** Of the cadence `spool`; closed by {@link Intake.release}. */
  readonly spool?: OpenedSpool | undefined;
}

/** Frames that wait, of all streams together. */
export interface QueueState {
  readonly length: number;
  readonly limit: number;
}

/** The way in, for all sources of a daemon. */
export class Intake {
  readonly #inlets = new Map<string, Inlet>();
  /** The streams, the one that was served longest ago first. */
  readonly #turns: Inlet[] = [];
  readonly #options: IntakeOptions;
  /** Sources that wait because too many of their frames have not ended. */
  readonly #held: (() => void)[] = [];
  #onChange: () => void = () => undefined;
  #lastSeq: number;
  #isClosed = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#lastSeq = options.lastSeq ?? 0;
  }

  /** Number of the last frame that was taken in. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether no frame will come any more; those that wait have been dropped by name. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get queue(): QueueState {
    const queues = this.#turns.map(({ state }) => state.queue);
    const sum = (part: (queue: QueueState) => number) => queues.reduce((running, queue) => running + part(queue), 0);
    return { length: sum(({ length }) => length), limit: sum(({ limit }) => limit) };
  }

  /** `listener` is called when a frame waits to be taken, and when intake is closed. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** The next frame to analyse, of each stream in turn; `undefined`: none waits. */
  take(): QueuedFrame | undefined {
    for (const [index, inlet] of this.#turns.entries()) {
      const frame = inlet.take();
      if (frame === undefined) continue;
      this.#turns.push(...this.#turns.splice(index, 1));
      return frame;
    }
    return undefined;
  }

  /** The sink that `source` offers to. */
  sinkFor(source: FrameSource, { cadence = this.#options.cadence, spool }: StreamOptions = {}): FrameSink {
    const { limits, clock, lastRecorded, recordedFate, changeRun } = this.#options;
    const inlet: Inlet = new Inlet({
      source,
      cadence,
      limits,
      clock,
      spool,
      sequence: (frame, takenInAtMs) => {
        const queued = { ...this.#place(source, frame, takenInAtMs), frame };
        failpoint("intake/numbered");
        return queued;
      },
      onEarlyEnd: (frame, end) => this.#endEarly(frame, end),
      onChange: () => this.#onChange(),
      isRecorded: (key) => recordedFate?.(source.name, key) !== undefined,
      onRun: async (change) => changeRun?.(change),
    });
    this.#inlets.set(source.name, inlet);
    this.#turns.push(inlet);
    return {
      offer: (frame) => this.#offer(inlet, frame),
      reject: (frame, error) => {
        if (this.#isTwice(inlet, frame.key)) return;
        inlet.see(frame.key);
        this.#options.onEarlyEnd(this.#place(source, frame, clock.monotonicMs()), { kind: "rejected", error });
      },
      beginRun: (run) => inlet.changeRun({ op: "startRun", ...run }),
      endRun: () => inlet.changeRun({ op: "endRun" }),
      lastRecorded: (prefix) => lastRecorded?.(source.name, prefix),
    };
  }

  /** Books the fate of a frame and tells its source. To be called once a frame, when its fate is final. */
  end(frame: SequencedFrame, fate: FrameFate): void {
    const inlet = this.#inlets.get(frame.source);
    if (inlet === undefined) throw new RangeError(`no source is called ${frame.source}`);
    inlet.end(frame, fate);
    for (const goOn of this.#held.splice(0)) goOn();
  }

  /** The state of each stream, by the name of its source. */
  states(): ReadonlyMap<string, InletState> {
    return new Map([...this.#inlets].map(([name, inlet]) => [name, inlet.state]));
  }

  /** Takes in no more; frames that still wait are dropped by name. */
  close(): void {
    this.#isClosed = true;
    failpoint("intake/closed");
    const waiting = this.#turns.flatMap((inlet) => inlet.clear());
    for (const frame of waiting) this.#endEarly(frame, { kind: "dropped", cause: "intake/shutdown" });
    for (const goOn of this.#held.splice(0)) goOn();
    this.#onChange();
  }

  /** Lets go of spools; to be called when every frame has ended that will. What is in a spool is in flight still, and the next daemon's. */
  async release(): Promise<void> {
    await Promise.all(this.#turns.map((inlet) => inlet.close()));
  }

  async #offer(inlet: Inlet, frame: OfferedFrame): Promise<void> {
    for (let room = this.#room(inlet); room !== undefined; room = this.#room(inlet)) await room;
    // Never seen: whoever takes frames next finds it where it is.
    if (this.#isClosed) return;
    const { sender } = frame;
    if (this.#isTwice(inlet, frame.key)) {
      if (sender !== undefined) inlet.order.seeAgain();
      return;
    }
    if (sender !== undefined) inlet.order.see(sender.stream, sender.number);
    inlet.see(frame.key);
    const room = inlet.arrive(frame);
    this.#onChange();
    await room;
  }

  #room(inlet: Inlet): Promise<void> | undefined {
    if (this.#isClosed) return undefined;
    if (inlet.unended < UNENDED_FRAMES) return this.#options.room?.();
    return new Promise((goOn) => {
      this.#held.push(goOn);
    });
  }

  /** Whether this content came before. Its source is told what became of it, now or when that is known. */
  #isTwice(inlet: Inlet, key: string): boolean {
    if (inlet.isUnderWay(key)) return true;
    const fate = this.#options.recordedFate?.(inlet.source.name, key);
    if (fate === undefined) return false;
    inlet.source.settle(key, fate);
    return true;
  }

  #endEarly(frame: QueuedFrame, end: EarlyEnd): void {
    this.#options.onEarlyEnd(withoutPayload(frame), end);
  }

  /** The next place in the order. */
  #place(source: FrameSource, frame: SequencedFrame["frame"], takenInAtMs: MonotonicMs): SequencedFrame {
    this.#lastSeq += 1;
    const taken = { seq: this.#lastSeq as FrameSeq, source: source.name, takenInAtMs, frame };
    this.#options.onTaken?.(taken);
    return taken;
  }
}
