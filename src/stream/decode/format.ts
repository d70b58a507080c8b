/**
 * What every image format offers.
 *
 * @module
 */
import type { Frame, RejectionReason } from "../base/frame.js";

/** Random access to a file (or to bytes in memory) for those who read headers only. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** The `length` bytes from `offset`, fewer at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What the headers of a file say about it. */
export type Inspection =
  /** All bytes that the headers promise are there. */
  | { readonly state: "complete"; readonly pages: number }
  /** Something is missing that a writer may still deliver; `missing` says what, for a person. */
  | { readonly state: "incomplete"; readonly missing: string }
  /** It will never become a frame, whatever is appended. */
  | {
      readonly state: "unusable";
      readonly reason: RejectionReason;
      readonly received: string;
      readonly expected: string;
      readonly remedy: string;
    };

/** A format of image files. */
export interface ImageFormat {
  /** For people and for `doctor`: `TIFF (8, 16, 32 bit, float; strips, tiles, pages)`. */
  readonly name: string;
  /** Whether the first bytes (at least 16, fewer when the file is shorter) are this format's. */
  matches(head: Uint8Array): boolean;
  inspect(source: ByteSource): Promise<Inspection>;
  /** Decodes page `page` (from 0) of a whole file. Raises FrameRejectedError. */
  decode(bytes: Uint8Array, page: number): Promise<Frame>;
}
