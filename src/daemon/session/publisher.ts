/**
 * Says how each frame ended: to the clients, to the log, and to those who come later.
 *
 * @module
 */
import type { Clock } from "../../stream/flow/clock.js";
import type { SequencedFrame } from "../../stream/flow/intake.js";
import { History, historyPoint } from "../../stream/protocol/history.js";
import type {
  EventMessage,
  FrameMessage,
  HelloMessage,
  ParticlesMessage,
  PreviewMessage,
  RejectedMessage,
} from "../../stream/protocol/messages.js";
import type { RunHistory } from "../ledger/records.js";
import type { Logger } from "../observe/log.js";
import type { ThroughputWindow } from "../observe/throughput.js";
import { eventOf, particlesOf, previewsOf } from "./events.js";
import type { FrameOutcome, Told } from "./session.js";

/** Least time between two lines in the log about dropped frames. */
const DROP_NOTE_INTERVAL_MS = 10_000;
/** Refused frames that a new client is told of. */
const REJECTIONS_KEPT = 20;

export interface PublisherOptions {
  readonly hub: {
    publish(
      event: EventMessage,
      extras: { readonly particles?: ParticlesMessage; readonly previews?: readonly PreviewMessage[] },
    ): void;
  };
  readonly clock: Clock;
  readonly throughput: ThroughputWindow;
  readonly log: Logger;
}

/** What a new client is told of the frames before it came. */
export type Past = Pick<HelloMessage, "history" | "lastFrame" | "particles" | "rejections">;

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #history = new History();
  #rejections: readonly RejectedMessage[] = [];
  #lastFrame: FrameMessage | null = null;
  #particles: ParticlesMessage | null = null;
  /** First frame of the run; what is remembered of those before is forgotten with it. */
  #runFirstSeq = 0;
  #unsaidDrops = 0;
  #lastDropSaidAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Publishes how a frame ended; to be called in the order of `seq`. */
  publish(frame: SequencedFrame, outcome: FrameOutcome, { latencyMs, event: recorded }: Told): void {
    const { hub, clock, throughput } = this.#options;
    const event = recorded ?? eventOf(frame, outcome, clock.unixMs());
    if (outcome.kind === "committed") {
      throughput.add(clock.monotonicMs(), latencyMs, outcome.analysis.batchFrames);
      this.#particles = particlesOf(frame.seq, outcome.analysis);
      hub.publish(event, { particles: this.#particles, previews: previewsOf(frame.seq, outcome.analysis) });
    } else {
      if (event.op === "rejected") this.#noteRejection(event);
      else this.#noteDrop();
      hub.publish(event, {});
    }
    this.#remember(event);
  }

  #noteRejection({ seq, source, label, reason, detail }: RejectedMessage): void {
    this.#options.log.warn({ event: "frame-rejected", seq, source, label, reason, detail }, "a frame was rejected");
  }

  /** Drops come in hundreds: the first is said at once, those after it together. */
  #noteDrop(): void {
    const { clock, log } = this.#options;
    this.#unsaidDrops += 1;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#lastDropSaidAtMs < DROP_NOTE_INTERVAL_MS) return;
    log.warn(
      { event: "frames-dropped", frames: this.#unsaidDrops },
      "frames were dropped: they come faster than they are analysed",
    );
    this.#unsaidDrops = 0;
    this.#lastDropSaidAtMs = nowMs;
  }

  /** Takes over what is known of a run that a daemon before has begun. */
  resume({ points, lastFrame, particles, rejections }: RunHistory): void {
    for (const point of points) this.#history.add(point);
    this.#lastFrame = lastFrame;
    this.#rejections = rejections;
    if (particles === null) return;
    const { seq, pixelSizeNm, table } = particles;
    this.#particles = { op: "particles", seq, pixelSizeNm, columns: table };
  }

  /** A run begins with frame `firstSeq`: who comes from then on is told of it alone. */
  beginRun(firstSeq: number): void {
    this.#runFirstSeq = firstSeq;
  }

  past(): Past {
    return {
      history: this.#history.points,
      lastFrame: this.#lastFrame,
      particles: this.#particles,
      rejections: this.#rejections,
    };
  }

  #remember(event: EventMessage): void {
    const last = this.#history.points.at(-1);
    if (last !== undefined && last.seq < this.#runFirstSeq && event.seq >= this.#runFirstSeq) this.#history.clear();
    if (event.op === "rejected") this.#rejections = [...this.#rejections, event].slice(-REJECTIONS_KEPT);
    if (event.op !== "frame") return;
    this.#lastFrame = event;
    this.#history.add(historyPoint(event));
  }
}
