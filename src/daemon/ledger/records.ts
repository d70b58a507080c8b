/**
 * What is written to the ledger and read from it.
 *
 * @module
 */
import type { Outlines, ParticleTable } from "../../stream/base/particles.js";
import type {
  EventMessage,
  FrameMessage,
  HistoryPoint,
  RejectedMessage,
  SettingsMessage,
} from "../../stream/protocol/messages.js";

/** What analysed a frame. */
export interface Computing {
  readonly daemonVersion: string;
  readonly filter: string;
  readonly segmenter: string;
  /** `null` where no model took part. */
  readonly model: { readonly file: string; readonly sha256: string } | null;
}

/** Why a run ended: somebody asked, no frame came for `runGapMin`, or the daemon was stopped. */
export type RunEnd = "asked" | "gap" | "stopped";

/** One run: the frames `firstSeq..lastSeq`, whatever became of each. */
export interface Run {
  readonly id: number;
  readonly name: string;
  readonly notes: string;
  readonly startedAtMs: number;
  /** `null` while it goes on. */
  readonly endedAtMs: number | null;
  readonly endReason: RunEnd | null;
  readonly firstSeq: number;
  /** `null` while it goes on. */
  readonly lastSeq: number | null;
  readonly daemonVersion: string;
  /** The configuration the daemon was started with, as JSON. */
  readonly configuration: string;
}

/** A run with what its frames came to. */
export interface RunSummary extends Run {
  readonly committed: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly particles: number;
  /** When its last frame was received; `null` without one. */
  readonly lastFrameAtMs: number | null;
}

/** The particles of a frame, packed. */
export interface ParticleRecord {
  readonly count: number;
  readonly pixelSizeNm: number | null;
  readonly sizes: Uint8Array;
  readonly descriptors: Uint8Array;
}

/** Everything about one frame that is made durable together. */
export interface FrameRecord {
  readonly key: string;
  /** The event that is published once the record is durable. */
  readonly event: EventMessage;
  /** The same, packed. */
  readonly body: Uint8Array;
  /** Whether this content is done with: it is not taken again. */
  readonly isFinal: boolean;
  readonly committedAtMs: number;
  readonly computing: Computing | null;
  readonly particles: ParticleRecord | null;
  readonly outlines: Outlines | null;
  /** What was replaced by something slower when the frame was analysed; `null`: nothing. */
  readonly degraded: string | null;
  /** Settings that no frame before was analysed with. */
  readonly settings: SettingsMessage | null;
  /** Runs that end before this frame or begin with it. */
  readonly runs: readonly Run[];
}

/** What a daemon that starts on a ledger goes on from. */
export interface Resumption {
  readonly epoch: string;
  /** Last `seq` of an event, 0 before the first. */
  readonly lastSeq: number;
  /** The newest events, oldest first, as many as clients may ask for. */
  readonly events: readonly EventMessage[];
  readonly settings: SettingsMessage | null;
  readonly lastRunId: number;
  /** The run that was going on when the daemon before ended without ending it. */
  readonly openRun: Run | null;
  /** Of `openRun`; empty without one. */
  readonly history: RunHistory;
  /** Frames that are recorded. */
  readonly frames: number;
}

/** What a dashboard shows of a run. */
export interface RunHistory {
  readonly points: readonly HistoryPoint[];
  readonly lastFrame: FrameMessage | null;
  readonly particles: {
    readonly seq: number;
    readonly pixelSizeNm: number | null;
    readonly table: ParticleTable;
  } | null;
  /** The last refused frames, oldest first. */
  readonly rejections: readonly RejectedMessage[];
}

/** One frame, read back. */
export interface FrameRow {
  readonly event: EventMessage;
  readonly key: string;
  readonly computing: Computing | null;
  readonly degraded: string | null;
  readonly particles: ParticleTable | null;
  readonly outlines: Outlines | null;
}

/** Median and deciles of ECD over the particles of a run. */
export interface RunSizes {
  readonly particles: number;
  /** Particles that the figures are of: those cut by the border are left out. */
  readonly sized: number;
  readonly lengthUnit: "nm" | "px";
  readonly d10: number | null;
  readonly median: number | null;
  readonly d90: number | null;
}
