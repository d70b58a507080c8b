/**
 * The way in of one stream: its account, the frames that wait, and its cadence, which decides which of them are analysed.
 *
 * @module
 */
import type { DropCause, FrameAccount, FrameFate } from "../base/accounting.js";
import { FrameCounter } from "../base/accounting.js";
import type { Cadence, SenderOrder, SpoolState } from "../base/cadence.js";
import { FrameRejectedError } from "../base/frame.js";
import type { FrameSeq, MonotonicMs } from "../base/units.js";
import type { FramePayload, FrameSource, OfferedFrame } from "../source/source.js";
import type { QueueLimits } from "./bounded-queue.js";
import { BoundedQueue } from "./bounded-queue.js";
import type { Clock } from "./clock.js";
import type { EarlyEnd, QueuedFrame, RunChange, SequencedFrame } from "./intake.js";
import { LatencyBudget } from "./latency-budget.js";
import { SenderWatch } from "./sender-watch.js";
import type { OpenedSpool, SpooledFrame } from "./spool.js";
import { Spool } from "./spool.js";

export interface InletOptions {
  readonly source: FrameSource;
  readonly cadence: Cadence;
  readonly limits: QueueLimits;
  readonly clock: Clock;
  /** Of the cadence `spool`. */
  readonly spool?: OpenedSpool | undefined;
  /** Gives a frame its place in the order. */
  readonly sequence: (frame: OfferedFrame, takenInAtMs: MonotonicMs) => QueuedFrame;
  readonly onEarlyEnd: (frame: QueuedFrame, end: EarlyEnd) => void;
  /** Told when a frame waits that was not offered just now. */
  readonly onChange: () => void;
  /** Whether a frame's content is recorded. */
  readonly isRecorded: (key: string) => boolean;
  readonly onRun: (change: RunChange) => Promise<void>;
}

/** The state of one stream, for people. */
export interface InletState {
  readonly account: FrameAccount;
  readonly cadence: Cadence["policy"];
  /** Frames that wait for the analyzer, and most that may. */
  readonly queue: { readonly length: number; readonly limit: number };
  /** `null`: its frames have no numbers of a sender. */
  readonly order: SenderOrder | null;
  /** `null`: its cadence is not `spool`. */
  readonly spool: SpoolState | null;
}

/** One stream's way in. */
export class Inlet {
  readonly source: FrameSource;
  readonly counter = new FrameCounter();
  readonly order = new SenderWatch();
  readonly #options: InletOptions;
  readonly #queue: BoundedQueue<QueuedFrame>;
  readonly #budget: LatencyBudget | null;
  readonly #spool: Spool | null;
  /** Keys of frames whose end the source has not been told. */
  readonly #keys = new Set<string>();
  /** Lets a frame go from the spool when it has ended. */
  readonly #releases = new Map<FrameSeq, () => void>();
  /** Nothing leaves the spool any more. */
  #isStopped = false;
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
    this.#spool = options.spool === undefined ? null : this.#resume(options.spool);
  }

  get state(): InletState {
    return {
      account: this.counter.snapshot(),
      cadence: this.#options.cadence.policy,
      queue: { length: this.#queue.length, limit: this.#queue.limits.items },
      order: this.order.order(),
      spool: this.#spool?.state ?? null,
    };
  }

  /** Frames between intake and record; those on disk cost no memory. */
  get unended(): number {
    return this.counter.inFlight - (this.#spool?.state.frames ?? 0);
  }

  /** Whether a frame of this key is under way. */
  isUnderWay(key: string): boolean {
    return this.#keys.has(key);
  }

  /** A frame was found. From here on its source is told once how it ended. */
  see(key: string): void {
    this.counter.see();
    this.#keys.add(key);
  }

  /** Takes a frame that was seen in, or drops it by name. Where a promise is given, the source waits for it before it offers the next. */
  arrive(offered: OfferedFrame): Promise<void> | undefined {
    const spool = this.#spool;
    if (spool !== null && (this.#queue.isFull || !spool.isEmpty)) {
      return spool.put(offered).then(() => offered.release?.());
    }
    const frame = this.#options.sequence(offered, this.#options.clock.monotonicMs());
    const cause = this.#causeToDrop();
    this.#arrived += 1;
    if (cause !== null) {
      this.#drop(frame, cause);
      return undefined;
    }
    if (this.#options.cadence.policy === "latest") this.#makeRoom();
    this.#budget?.begin(frame.seq);
    return this.#queue.push(frame);
  }

  /** Begins or ends a run, after the frames that came before. */
  async changeRun(change: RunChange): Promise<void> {
    if (this.#spool === null || this.#spool.isEmpty) await this.#options.onRun(change);
    else await this.#spool.putRun(change);
  }

  /** The frame to analyse next; `undefined`: none waits. */
  take(): QueuedFrame | undefined {
    for (;;) {
      const frame = this.#queue.shift();
      this.#spool?.pump();
      if (frame === undefined || !this.#isTooLate(frame)) return frame;
      this.#drop(frame, "intake/budget");
    }
  }

  /** Books the fate of a frame and tells the source. */
  end({ seq, takenInAtMs, frame: { key } }: SequencedFrame, fate: FrameFate): void {
    this.counter.end(fate);
    this.#budget?.end(seq, fate.kind === "dropped" ? null : this.#options.clock.monotonicMs() - takenInAtMs);
    // What the daemon could not finish before it ends is the next one's.
    const isFinal = fate.kind !== "dropped" || fate.cause !== "intake/shutdown";
    if (isFinal) this.#releases.get(seq)?.();
    this.#releases.delete(seq);
    this.#keys.delete(key);
    this.source.settle(key, fate);
  }

  /** Takes out all that wait in memory. */
  clear(): readonly QueuedFrame[] {
    this.#isStopped = true;
    return this.#queue.clear();
  }

  /** Lets go of the spool, when every frame has ended that will. */
  async close(): Promise<void> {
    await this.#spool?.close();
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
      this.#drop(oldest, "intake/latest");
    }
  }

  #drop(frame: QueuedFrame, cause: DropCause): void {
    this.#options.onEarlyEnd(frame, { kind: "dropped", cause });
    frame.frame.release?.();
  }

  /** Goes on with what the daemon before has left on disk. */
  #resume(opened: OpenedSpool): Spool {
    const { clock, isRecorded, onRun } = this.#options;
    for (const key of opened.keys) if (!isRecorded(key) && !this.#keys.has(key)) this.see(key);
    const spool = new Spool({
      ...opened,
      clock,
      onRun,
      hasRoom: () => !this.#isStopped && !this.#queue.isFull,
      isWanted: (key) => this.#keys.has(key),
      onFrame: (frame, release) => this.#unspool(frame, release),
    });
    spool.pump();
    return spool;
  }

  /** The turn of a frame from the spool has come. */
  #unspool({ frame, takenInAtMs, isWhole }: SpooledFrame, release: () => void): void {
    if (this.#isStopped) return;
    const queued = this.#options.sequence(frame, takenInAtMs);
    this.#releases.set(queued.seq, release);
    if (isWhole) void this.#queue.push(queued);
    else this.#options.onEarlyEnd(queued, { kind: "rejected", error: damagedInSpool(frame) });
    this.#options.onChange();
  }

  /** A frame that has waited for the whole of its time would only hold up those after it. */
  #isTooLate({ takenInAtMs }: QueuedFrame): boolean {
    return this.#budget !== null && this.#options.clock.monotonicMs() - takenInAtMs > this.#budget.targetMs;
  }
}

function damagedInSpool({ label }: OfferedFrame): FrameRejectedError {
  return new FrameRejectedError("corrupt", {
    received: `other bytes in the spool than were written there: ${label}`,
    expected: "those of the frame",
    remedy: "Check the disk of the spool (spoolDir).",
  });
}

/** Memory that a waiting frame holds: a file's pixels stay on disk. */
function payloadBytes(payload: FramePayload): number {
  return payload.kind === "file" ? 0 : payload.bytes.byteLength;
}
