/**
 * The seam between where frames come from and what is done with them.
 *
 * A source finds frames and names them; it never decodes. Every frame it has offered comes back to it exactly once, by `settle`.
 *
 * @module
 */
import type { FrameFate } from "../base/accounting.js";
import type { FrameRejectedError } from "../base/frame.js";
import type { PixelSizeNm, UnixMs } from "../base/units.js";

/** What identifies the content of a file without reading it. Two contents of one path differ in at least one field. */
export interface FileFingerprint {
  readonly sizeBytes: number;
  readonly modifiedAtMs: UnixMs;
  readonly inode: number;
}

/** Bytes of a file that stay while a series in it grows. */
export interface ContentMark {
  readonly offset: number;
  readonly length: number;
  readonly hash: string;
  /** Whether they differ from each other: those of an empty field are the same in many files. */
  readonly isTelling: boolean;
}

/** A page of a file. With a mark, the file may grow meanwhile, and one of a series be changed in its headers; without, its fingerprint must stay. */
export interface FilePayload {
  readonly kind: "file";
  readonly path: string;
  readonly fingerprint: FileFingerprint;
  readonly page: number;
  readonly mark?: ContentMark;
  readonly isSeries?: boolean;
}

/** How the samples of a frame that came over a socket may be typed: unsigned, signed, float, each with its bits. */
export const PIXEL_TYPES = ["u8", "u16", "u32", "i8", "i16", "i32", "f32"] as const;
export type PixelType = (typeof PIXEL_TYPES)[number];

/** Samples as a detector or a program sent them: one channel, row-major, `widthPx * heightPx` of them, without padding. */
export interface PixelsPayload {
  readonly kind: "pixels";
  readonly widthPx: number;
  readonly heightPx: number;
  readonly type: PixelType;
  /** Of samples of more than 8 bits. */
  readonly byteOrder: "little" | "big";
  /** nm/px where the sender states it, else `null`. */
  readonly pixelSizeNm: PixelSizeNm | null;
  /** When the frame was acquired, where the sender states it. */
  readonly acquiredAtMs: UnixMs | null;
  /** How long the detector gathered for this frame, ms, where the sender states it. */
  readonly exposureMs: number | null;
  /** The value of pixels that measured nothing, as between the chips of a detector or where it is masked; none by default. */
  readonly noData?: number;
  /** How `bytes` are compressed; not at all by default. */
  readonly compression?: SampleCompression;
  /** They go to the analyzer as they are, without a copy: nobody changes them once the frame is offered. */
  readonly bytes: Uint8Array;
}

/** How a detector compresses its samples; the analyzer undoes it. */
export type SampleCompression =
  /** One LZ4 block. */
  | { readonly kind: "lz4-block" }
  /** LZ4 blocks, in the framing of HDF5's filter. */
  | { readonly kind: "lz4" }
  /** Bit planes in LZ4 blocks, in the framing of HDF5's filter; elements of `elementBytes` bytes. */
  | { readonly kind: "bslz4"; readonly elementBytes: 1 | 2 | 4 | 8 };

/** Where the bytes of a frame are: in a file, in memory as a whole encoded file, or in memory as bare samples. */
export type FramePayload = FilePayload | { readonly kind: "bytes"; readonly bytes: Uint8Array } | PixelsPayload;

/** A frame as its source hands it over. */
export interface OfferedFrame {
  /** Unique within the source, the same when the same content is delivered twice: path, page and fingerprint, or the sender's own number. */
  readonly key: string;
  /** What a person calls it: `frame_0042.tif`, `movie.tif#17`. */
  readonly label: string;
  readonly payload: FramePayload;
  /** The number its sender gave it, where it gives any: gaps, disorder and repeats are counted by it, apart for each `stream` of a sender. */
  readonly sender?: { readonly stream: string; readonly number: number };
  /** When the source found it complete. */
  readonly receivedAtMs: UnixMs;
  /** Called once, or never, when nobody will read the payload any more: its memory may be filled again. */
  readonly release?: () => void;
}

/** What a source may do with its frames. Implemented by intake. */
export interface FrameSink {
  /**
   * Hands a frame over. Resolves when there is room for the next one: a source that can wait waits for it.
   * Never rejects; how the frame ended is told by {@link FrameSource.settle}.
   */
  offer(frame: OfferedFrame): Promise<void>;
  /** Reports a frame that the source itself found unusable (truncated, vanished, no image). Counted, published and settled as any other. */
  reject(frame: Pick<OfferedFrame, "key" | "label" | "receivedAtMs">, error: FrameRejectedError): void;
  /** Begins a run with the next frame that is taken in; the one before ends. Nothing happens where nothing is recorded. Never rejects. */
  beginRun(run: RunLabel): Promise<void>;
  /** Ends the run with the last frame that was taken in. As {@link beginRun}. */
  endRun(): Promise<void>;
  /**
   * The greatest key of this source that begins with `prefix` and is recorded, as text is ordered; `undefined` without one. A sender that
   * comes back learns from it where it was.
   */
  lastRecorded(prefix: string): string | undefined;
}

/** What a sender says of a run that it begins. */
export interface RunLabel {
  readonly name?: string | undefined;
  readonly notes?: string | undefined;
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
  /** Told once for each frame that was offered or rejected, when its fate is final. */
  settle(key: string, fate: FrameFate): void;
  /** Stops offering and releases all it holds. Idempotent: the same promise each time. */
  close(): Promise<void>;
}
