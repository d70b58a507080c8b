/**
 * A frame: one image of one field of view, as decoded, and what is known about it.
 *
 * @module
 */

import type { ErrorReport } from "./errors.js";
import { OstwaldError } from "./errors.js";
import type { PixelSizeNm, UnixMs } from "./units.js";

/**
 * Intensities as the file or detector gave them, one channel, row-major, `widthPx * heightPx` of them.
 *
 * Signed bytes and integers of more than 16 bits are carried as float32.
 */
export type PixelData = Uint8Array | Uint16Array | Int16Array | Float32Array;

/** One decoded frame. */
export interface Frame {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixels: PixelData;
  /** nm/px where the file states it, else `null`. */
  readonly pixelSizeNm: PixelSizeNm | null;
  /** When the frame was acquired, where the file states it, else `null`. */
  readonly acquiredAtMs: UnixMs | null;
  /** How long the detector gathered for this frame, ms, where the file states it. */
  readonly exposureMs?: number | null;
}

/**
 * The intensities that an 8-bit display maps to 0 and 255. `low < high`.
 *
 * For 8-bit frames it is 0..255 by definition.
 */
export interface DisplayRange {
  readonly low: number;
  readonly high: number;
}

/**
 * A frame on the grey scale 0..255 that filters and segmenters work on.
 *
 * 8-bit frames keep their integers (`Uint8Array`), so that results can equal OpenCV's bit for bit. Frames of other depths are
 * `Float32Array`: `(intensity - low) * 255 / (high - low)`, not rounded, always finite, bounded to 1e6 either way.
 */
export interface GreyImage {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly levels: Uint8Array | Float32Array;
}

/** Why a frame was refused. Each is an outcome that is counted, shown and kept, never a crash. */
export const REJECTION_REASONS = [
  "empty",
  "incomplete",
  "unrecognised-format",
  "unsupported",
  "corrupt",
  "too-large",
  "not-finite",
  "vanished",
  "changed",
  "poison",
] as const;

/** One of {@link REJECTION_REASONS}; docs/errors.md says what each means and what to do. */
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** A frame that cannot be analysed, and why. Raised by readers and by cleaning; the stream goes on. */
export class FrameRejectedError extends OstwaldError {
  readonly tag = "FrameRejected";
  readonly reason: RejectionReason;

  constructor(reason: RejectionReason, report: ErrorReport) {
    super(report);
    this.reason = reason;
  }
}
