/**
 * The way in of one stream: its account, the frames that wait, and its cadence, which decides which of them are analysed.
 *
 * @module
 */
import type { DropCause, FrameAccount, FrameFate } from "../base/accounting.js";
import { FrameCounter } from "../base/accounting.js";
import type { Cadence, SenderOrder } from "../base/cadence.js";
import type { FrameSeq } from "../base/units.js";
import type { FramePayload, FrameSource } from "../source/source.js";
import type { QueueLimits } from "./bounded-queue.js";
import { BoundedQueue } from "./bounded-queue.js";
import type { Clock } from "./clock.js";
import type { QueuedFrame, SequencedFrame } from "./intake.js";
import { LatencyBudget } from "./latency-budget.js";
import { SenderWatch } from "./sender-watch.js";

export interface InletOptions {
  readonly source: FrameSource;
  readonly cadence: Cadence;
  readonly limits: QueueLimits;
  readonly clock: Clock;
  readonly onDrop: (frame: QueuedFrame, cause: DropCause) => void;
}

/** The state of one stream, for people. */
export interface InletState {
  readonly account: FrameAccount;
  readonly cadence: Cadence["policy"];
  /** Frames that wait for the analyzer, and most that may. */
  readonly queue: { readonly length: number; readonly limit: number };
  /** `null`: its frames have no numbers of a sender. */
  readonly order: SenderOrder | null;
}

/** One stream's way in. */
export class Inlet {
  readonly source: FrameSource;
  readonly counter = new FrameCounter();
  readonly order = new SenderWatch();
  readonly #options: InletOptions;
  readonly #queue: BoundedQueue<QueuedFrame>;
  readonly #budget: LatencyBudget | null;
  /** Keys of frames whose end the source has not been told. */
  readonly #unsettled = new Map<FrameSeq, string>();
  /** The keys in `#unsettled`. */
  readonly #keys = new Set<string>();
  /** Frames that have arrived. */
  #arrived = 0;

  constructor(options: InletOptions) {
    const { source, cadence, limits } = options;
    this.source = source;
    this.#options = options;
    // With `latest` one frame waits: whichever is the newest.
    const items = cadence.policy === "latest" ? 1 : limits.items;
    this.#queue = new BoundedQueue({ ...limits, items }, ({ frame }) => payloadBytes(frame.payload));
    this.#budget = cadence.policy === "budget" ? new LatencyBudget(cadence.targetMs) : null;
  }

  get state(): InletState {
    return {
      account: this.counter.snapshot(),
      cadence: this.#options.cadence.policy,
      queue: { length: this.#queue.length, limit: this.#queue.limits.items },
      order: this.order.order(),
    };
  }

  /** Whether a frame of this key is under way. */
  isUnderWay(key: string): boolean {
    return this.#keys.has(key);
  }

  /** A frame was found, and has its place. */
  see(seq: FrameSeq, key: string): void {
    this.counter.see();
    this.#unsettled.set(seq, key);
    this.#keys.add(key);
  }

  /** Takes a frame that was seen in, or drops it by name. Where a promise is given, the source waits for it before it offers the next. */
  arrive(frame: QueuedFrame): Promise<void> | undefined {
    const cause = this.#causeToDrop();
    this.#arrived += 1;
    if (cause !== null) {
      this.#options.onDrop(frame, cause);
      return undefined;
    }
    if (this.#options.cadence.policy === "latest") this.#makeRoom();
    this.#budget?.begin(frame.seq);
    return this.#queue.push(frame);
  }

  /** The frame to analyse next; `undefined`: none waits. */
  take(): QueuedFrame | undefined {
    for (;;) {
      const frame = this.#queue.shift();
      if (frame === undefined || !this.#isTooLate(frame)) return frame;
      this.#options.onDrop(frame, "intake/budget");
    }
  }

  /** Books the fate of a frame and tells the source. */
  end({ seq, takenInAtMs }: SequencedFrame, fate: FrameFate): void {
    this.counter.end(fate);
    this.#budget?.end(seq, fate.kind === "dropped" ? null : this.#options.clock.monotonicMs() - takenInAtMs);
    const key = this.#unsettled.get(seq);
    if (key === undefined) return;
    this.#unsettled.delete(seq);
    this.#keys.delete(key);
    this.source.settle(key, fate);
  }

  /** Takes out all that wait. */
  clear(): readonly QueuedFrame[] {
    return this.#queue.clear();
  }

  /** Why the frame that arrives is not analysed, if it is not. */
  #causeToDrop(): DropCause | null {
    const { cadence } = this.#options;
    if (cadence.policy === "every-nth") return this.#arrived % cadence.n === 0 ? null : "intake/every-nth";
    if (this.#budget !== null) return this.#budget.hasRoom && !this.#queue.isFull ? null : "intake/budget";
    return null;
  }

  #makeRoom(): void {
    while (this.#queue.isFull) {
      const oldest = this.#queue.shift();
      if (oldest === undefined) return;
      this.#options.onDrop(oldest, "intake/latest");
    }
  }

  /** A frame that has waited for the whole of its time would only hold up those after it. */
  #isTooLate({ takenInAtMs }: QueuedFrame): boolean {
    return this.#budget !== null && this.#options.clock.monotonicMs() - takenInAtMs > this.#budget.targetMs;
  }
}

/** Memory that a waiting frame holds: a file's pixels stay on disk. */
function payloadBytes(payload: FramePayload): number {
  return payload.kind === "file" ? 0 : payload.bytes.byteLength;
}
