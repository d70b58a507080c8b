/**
 * The seam between where frames come from and what is done with them.
 *
 * A source finds frames and names them; it never decodes. Every frame it has offered comes back to it exactly once, by `settle`.
 *
 * @module
 */
import type { FrameFate } from "../base/accounting.js";
import type { FrameRejectedError } from "../base/frame.js";
import type { UnixMs } from "../base/units.js";

/** What identifies the content of a file without reading it. Two contents of one path differ in at least one field. */
export interface FileFingerprint {
  readonly sizeBytes: number;
  readonly modifiedAtMs: UnixMs;
  readonly inode: number;
}

/** Where the bytes of a frame are. */
export type FramePayload =
  | { readonly kind: "file"; readonly path: string; readonly fingerprint: FileFingerprint; readonly page: number }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

/** A frame as its source hands it over. */
export interface OfferedFrame {
  /** Unique within the source, the same when the same content is delivered twice: path, page and fingerprint, or the sender's own number. */
  readonly key: string;
  /** What a person calls it: `frame_0042.tif`, `movie.tif#17`. */
  readonly label: string;
  readonly payload: FramePayload;
  /** When the source found it complete. */
  readonly receivedAtMs: UnixMs;
}

/** What a source may do with its frames. Implemented by intake. */
export interface FrameSink {
  /**
   * Hands a frame over. Resolves when there is room for the next one: a source that can wait waits for it.
   * Never rejects; how the frame ended is told by {@link FrameSource.settle}.
   */
  offer(frame: OfferedFrame): Promise<void>;
  /** Reports a frame that the source itself found unusable (truncated, vanished, no image). Counted and published; not settled. */
  reject(frame: Pick<OfferedFrame, "key" | "label" | "receivedAtMs">, error: FrameRejectedError): void;
}

/** What can be wrong with a source that goes on all the same: `no file events, polling every 500 ms`. */
export interface SourceHealth {
  readonly state: "ok" | "degraded" | "failed";
  readonly detail: string;
}

/** A place frames come from: a folder, a socket, the simulated microscope, a recording. */
export interface FrameSource {
  /** `folder:/data/run-7`: unique within the daemon, shown to people. */
  readonly name: string;
  health(): SourceHealth;
  /** Begins to offer frames; resolves when the source watches, not when it has ended. Raises a typed error when it cannot. */
  start(sink: FrameSink): Promise<void>;
  /** Told once for each offered frame, when its fate is final. */
  settle(key: string, fate: FrameFate): void;
  /** Stops offering and releases all it holds. Idempotent: the same promise each time. */
  close(): Promise<void>;
}
