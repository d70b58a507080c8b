/**
 * Intake: gives each frame its place in the order and puts it into the one bounded queue.
 *
 * @module
 */
import type { DropCause, FrameAccount, FrameFate } from "../base/accounting.js";
import { FrameCounter } from "../base/accounting.js";
import type { FrameRejectedError } from "../base/frame.js";
import type { FrameSeq, MonotonicMs } from "../base/units.js";
import type { FrameSink, FrameSource, OfferedFrame, RunLabel } from "../source/source.js";
import type { OverflowPolicy } from "./bounded-queue.js";
import { BoundedQueue } from "./bounded-queue.js";
import type { Clock } from "./clock.js";

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

/** How a frame ended before it reached the analyzer. */
export type EarlyEnd =
  | { readonly kind: "rejected"; readonly error: FrameRejectedError }
  | { readonly kind: "dropped"; readonly cause: DropCause };

/** What a source may ask about runs. */
export type RunChange = ({ readonly op: "startRun" } & RunLabel) | { readonly op: "endRun" };

export interface IntakeOptions {
  readonly queueLimit: number;
  readonly policy: OverflowPolicy;
  readonly clock: Clock;
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
  /** Resolves when there is room to record further frames; `undefined`: there is. Whatever the policy, sources wait for it. */
  readonly room?: () => Promise<void> | undefined;
}

/** One source, what it offers and how that ended. */
interface Inlet {
  readonly source: FrameSource;
  readonly counter: FrameCounter;
  /** Keys of frames whose end the source has not been told. */
  readonly unsettled: Map<FrameSeq, string>;
  /** The keys in `unsettled`. */
  readonly inFlight: Set<string>;
}

/** The way in, for all sources of a daemon. */
export class Intake {
  readonly #inlets = new Map<string, Inlet>();
  readonly #queue: BoundedQueue<QueuedFrame>;
  readonly #onEarlyEnd: IntakeOptions["onEarlyEnd"];
  readonly #clock: Clock;
  readonly #recordedFate: NonNullable<IntakeOptions["recordedFate"]>;
  readonly #room: NonNullable<IntakeOptions["room"]>;
  readonly #lastRecorded: NonNullable<IntakeOptions["lastRecorded"]>;
  readonly #changeRun: NonNullable<IntakeOptions["changeRun"]>;
  #lastSeq: number;
  #isClosed = false;

  constructor(options: IntakeOptions) {
    this.#onEarlyEnd = options.onEarlyEnd;
    this.#clock = options.clock;
    this.#lastSeq = options.lastSeq ?? 0;
    this.#recordedFate = options.recordedFate ?? (() => undefined);
    this.#room = options.room ?? (() => undefined);
    this.#lastRecorded = options.lastRecorded ?? (() => undefined);
    this.#changeRun = options.changeRun ?? (() => Promise.resolve());
    this.#queue = new BoundedQueue<QueuedFrame>({
      limit: options.queueLimit,
      policy: options.policy,
      onDrop: (frame, policy) => this.#onEarlyEnd(frame, { kind: "dropped", cause: `intake/${policy}` }),
    });
  }

  /** Number of the last frame that was taken in. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The frames that wait. */
  get queue(): Pick<BoundedQueue<QueuedFrame>, "length" | "limit" | "policy"> {
    return this.#queue;
  }

  /** The next frame to analyse; `undefined` once intake is closed. */
  take(): Promise<QueuedFrame | undefined> {
    return this.#queue.take();
  }

  /** The sink that `source` offers to. */
  sinkFor(source: FrameSource): FrameSink {
    const inlet: Inlet = { source, counter: new FrameCounter(), unsettled: new Map(), inFlight: new Set() };
    this.#inlets.set(source.name, inlet);
    return {
      offer: (frame) => this.#offer(inlet, frame),
      reject: (frame, error) => {
        if (this.#isTwice(inlet, frame.key)) return;
        this.#onEarlyEnd(this.#admit(inlet, frame), { kind: "rejected", error });
      },
      beginRun: (run) => this.#changeRun({ op: "startRun", ...run }),
      endRun: () => this.#changeRun({ op: "endRun" }),
      lastRecorded: (prefix) => this.#lastRecorded(source.name, prefix),
    };
  }

  /** Books the fate of a frame and tells its source. To be called once a frame, when its fate is final. */
  end(frame: SequencedFrame, fate: FrameFate): void {
    const inlet = this.#inlets.get(frame.source);
    if (inlet === undefined) throw new RangeError(`no source is called ${frame.source}`);
    inlet.counter.end(fate);
    const key = inlet.unsettled.get(frame.seq);
    if (key === undefined) return;
    inlet.unsettled.delete(frame.seq);
    inlet.inFlight.delete(key);
    inlet.source.settle(key, fate);
  }

  /** The account of each source, by name. */
  accounts(): ReadonlyMap<string, FrameAccount> {
    return new Map([...this.#inlets].map(([name, inlet]) => [name, inlet.counter.snapshot()]));
  }

  /** Takes in no more; frames that still wait are dropped by name. */
  close(): void {
    this.#isClosed = true;
    for (const frame of this.#queue.close()) this.#onEarlyEnd(frame, { kind: "dropped", cause: "intake/shutdown" });
  }

  async #offer(inlet: Inlet, frame: OfferedFrame): Promise<void> {
    for (let room = this.#room(); room !== undefined; room = this.#room()) {
      await room;
      // Never seen: whoever takes frames next finds it where it is.
      if (this.#isClosed) return;
    }
    if (this.#isTwice(inlet, frame.key)) return;
    const queued: QueuedFrame = { ...this.#admit(inlet, frame), frame };
    const taken = await this.#queue.push(queued);
    if (!taken) this.#onEarlyEnd(queued, { kind: "dropped", cause: "intake/shutdown" });
  }

  /** Whether this content came before. Its source is told what became of it, now or when that is known. */
  #isTwice({ source, inFlight }: Inlet, key: string): boolean {
    if (inFlight.has(key)) return true;
    const fate = this.#recordedFate(source.name, key);
    if (fate === undefined) return false;
    source.settle(key, fate);
    return true;
  }

  /** Gives a frame its place. From here on it is seen, and its source is told once how it ended. */
  #admit(inlet: Inlet, frame: SequencedFrame["frame"]): SequencedFrame {
    inlet.counter.see();
    this.#lastSeq += 1;
    inlet.unsettled.set(this.#lastSeq as FrameSeq, frame.key);
    inlet.inFlight.add(frame.key);
    return { seq: this.#lastSeq as FrameSeq, source: inlet.source.name, takenInAtMs: this.#clock.monotonicMs(), frame };
  }
}
