/**
 * Says how each frame ended: to the clients, to the log, and to those who come later.
 *
 * @module
 */
import type { Clock } from "../../stream/flow/clock.js";
import type { SequencedFrame } from "../../stream/flow/intake.js";
import type { EventMessage, FrameMessage, ParticlesMessage, PreviewMessage } from "../../stream/protocol/messages.js";
import type { Logger } from "../observe/log.js";
import type { ThroughputWindow } from "../observe/throughput.js";
import { eventOf, particlesOf, previewsOf } from "./events.js";
import type { FrameOutcome } from "./session.js";

/** Frames that a new client is told of. */
const HISTORY_FRAMES = 120;

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
export interface Past {
  readonly history: FrameMessage[];
  readonly particles: ParticlesMessage | null;
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #history: FrameMessage[] = [];
  #particles: ParticlesMessage | null = null;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Publishes how a frame ended; to be called in the order of `seq`. */
  publish(frame: SequencedFrame, outcome: FrameOutcome, latencyMs: number): void {
    const { hub, clock, throughput, log } = this.#options;
    const event = eventOf(frame, outcome, clock.unixMs());
    if (outcome.kind === "committed") {
      throughput.add(clock.monotonicMs(), latencyMs);
      this.#particles = particlesOf(frame.seq, outcome.analysis);
      hub.publish(event, { particles: this.#particles, previews: previewsOf(frame.seq, outcome.analysis) });
    } else {
      log.warn({ ...event }, `a frame was ${outcome.kind}`);
      hub.publish(event, {});
    }
    this.#remember(event);
  }

  past(): Past {
    return { history: [...this.#history], particles: this.#particles };
  }

  #remember(event: EventMessage): void {
    if (event.op !== "frame") return;
    this.#history.push(event);
    if (this.#history.length > HISTORY_FRAMES) this.#history.shift();
  }
}
