/**
 * The one commit point: from how a frame ended to what is made durable before anybody is told.
 *
 * @module
 */
import type { Clock } from "../../stream/flow/clock.js";
import type { SequencedFrame } from "../../stream/flow/intake.js";
import type { EventMessage } from "../../stream/protocol/messages.js";
import type { FrameAnalysis } from "../analyzer/messages.js";
import { packDescriptors, packSizes } from "../ledger/particle-blobs.js";
import type { FrameRecord, ParticleRecord } from "../ledger/records.js";
import { packEvent } from "../ledger/store.js";
import { eventOf } from "./events.js";
import type { RunBook } from "./run-book.js";
import type { FrameOutcome } from "./session.js";

export interface RecorderOptions {
  readonly ledger: { commit(record: FrameRecord): Promise<void> };
  readonly runs: Pick<RunBook, "forFrame">;
  readonly clock: Clock;
  readonly daemonVersion: string;
  /** Whether the outline of each particle is kept. */
  readonly keepsOutlines: boolean;
  /** Number of the last settings that are recorded. */
  readonly lastSettingsId: number;
}

export class Recorder {
  readonly #options: RecorderOptions;
  #lastSettingsId: number;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#lastSettingsId = options.lastSettingsId;
  }

  /** Records how a frame ended; to be called in the order of `seq`. Resolves with the event once it may be published. */
  async record(frame: SequencedFrame, outcome: FrameOutcome): Promise<EventMessage> {
    const { ledger, runs, clock } = this.#options;
    const committedAtMs = clock.unixMs();
    const event = eventOf(frame, outcome, committedAtMs);
    await ledger.commit({
      key: frame.frame.key,
      event,
      body: packEvent(event),
      isFinal: isFinal(outcome),
      committedAtMs,
      runs: runs.forFrame(frame),
      ...this.#measured(outcome),
    });
    return event;
  }

  #measured(
    outcome: FrameOutcome,
  ): Pick<FrameRecord, "computing" | "particles" | "outlines" | "degraded" | "settings"> {
    if (outcome.kind !== "committed") {
      return { computing: null, particles: null, outlines: null, degraded: null, settings: null };
    }
    const { daemonVersion, keepsOutlines } = this.#options;
    const { analysis, settings } = outcome;
    const isNew = settings.settingsId > this.#lastSettingsId;
    this.#lastSettingsId = Math.max(this.#lastSettingsId, settings.settingsId);
    return {
      computing: { daemonVersion, ...analysis.computedBy, model: analysis.model },
      particles: particlesOf(analysis),
      outlines: keepsOutlines ? analysis.outlines : null,
      degraded: outcome.degraded?.join(" ") ?? null,
      settings: isNew ? settings : null,
    };
  }
}

/**
 * Whether this content is done with. A file that had vanished may come back, and what waited when the daemon was stopped is analysed by
 * the next one.
 */
function isFinal(outcome: FrameOutcome): boolean {
  if (outcome.kind === "rejected") return outcome.reason !== "vanished";
  return outcome.kind === "committed" || outcome.cause !== "intake/shutdown";
}

function particlesOf({ particles, pixelSizeNm }: FrameAnalysis): ParticleRecord {
  return {
    count: particles.id.length,
    pixelSizeNm,
    sizes: packSizes(particles),
    descriptors: packDescriptors(particles),
  };
}
