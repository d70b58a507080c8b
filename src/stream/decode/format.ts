/**
 * What every image format offers: headers first, then pages.
 *
 * @module
 */
import type { Frame, RejectionReason } from "../base/frame.js";
import { FrameRejectedError } from "../base/frame.js";

/** Random access to a file, or to bytes in memory. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** The `length` bytes from `offset`, fewer at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** All bytes that the headers promise are there. */
export interface CompleteImage {
  readonly state: "complete";
  readonly pages: number;
  /**
   * Why the writer may not have finished all the same, for a person: zeros where the last data should be (a file allocated at its
   * full size first), a series that may still grow. Whoever watches a folder then waits until the file is quiet. `null`: no doubt.
   */
  readonly doubt: string | null;
}

/** Something is missing that a writer may still deliver; `missing` says what, for a person. */
export interface IncompleteImage {
  readonly state: "incomplete";
  readonly missing: string;
}

/** It will never become a frame, whatever is appended. */
export interface UnusableImage {
  readonly state: "unusable";
  readonly reason: RejectionReason;
  readonly received: string;
  readonly expected: string;
  readonly remedy: string;
  /** As for {@link CompleteImage}: zeros at the end of the file may still be overwritten by what makes it an image. */
  readonly doubt: string | null;
}

/** What the headers of a file say about it. */
export type Inspection = CompleteImage | IncompleteImage | UnusableImage;

/** An image file whose headers were read once. */
export interface OpenImage {
  /** Decodes page `page`, from 0, reading little more than its own bytes. Raises FrameRejectedError. */
  decode(page: number): Promise<Frame>;
}

/** A format of image files. */
export interface ImageFormat {
  /** For people and for `doctor`: `TIFF (8, 16, 32 bit, float; strips, tiles, pages)`. */
  readonly name: string;
  /** Whether the first bytes (at least 16, fewer when the file is shorter) are this format's. */
  matches(head: Uint8Array): boolean;
  /** Reads headers only; raises only what reading raises. */
  inspect(source: ByteSource): Promise<Inspection>;
  /** Raises FrameRejectedError. */
  open(source: ByteSource): Promise<OpenImage>;
}

/** The answer of a walk over headers that raises FrameRejectedError where something is missing or wrong. */
export async function inspectionOf(walk: () => Promise<CompleteImage>): Promise<Inspection> {
  try {
    return await walk();
  } catch (error) {
    if (!(error instanceof FrameRejectedError)) throw error;
    const { reason, received, expected, remedy } = error;
    if (reason === "incomplete") return { state: "incomplete", missing: received };
    return { state: "unusable", reason, received, expected, remedy, doubt: null };
  }
}
