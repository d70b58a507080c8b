/**
 * What every image format offers: headers first, then pages.
 *
 * @module
 */
import type { Frame, RejectionReason } from "../base/frame.js";
import { FrameRejectedError } from "../base/frame.js";
import { incomplete } from "./refusals.js";

/** Random access to a file, or to bytes in memory. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** The `length` bytes from `offset`, fewer at the end of the file. They may be a view of what others read, too. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Fills `target` with the bytes from `offset` and gives how many there were: where the caller keeps them, this saves a copy. */
  readInto?(offset: number, target: Uint8Array): Promise<number>;
  /** The file these bytes are in; `undefined` for bytes in memory. */
  readonly file?: SourceFile;
}

/** A file of a folder, for formats that need more of it than its bytes. */
export interface SourceFile {
  /** Open for reading as long as the source is, in every thread of this process. */
  readonly descriptor: number;
  readonly name: string;
  /**
   * What `use` makes of the file `name` in the same folder, or `null` where there is none; it is closed afterwards. Never follows a link,
   * never leaves the folder.
   */
  withSibling<Result>(name: string, use: (sibling: ByteSource) => Promise<Result>): Promise<Result | null>;
}

/** What there is of a series that its writer may still append to. */
export interface Growth {
  /** Pages whose bytes are all there, in their order from the first. */
  readonly pages: number;
  /** Those of them that do not wait, as zeros, for their data: at most `pages`. */
  readonly written: number;
  /** Bytes of the first page: they stay as they are while the series grows, and tell it from another. */
  readonly firstPage: { readonly offset: number; readonly length: number };
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
  /** Of formats that grow by pages. */
  readonly growth?: Growth;
}

/** Something is missing that a writer may still deliver; `missing` says what, for a person. */
export interface IncompleteImage {
  readonly state: "incomplete";
  readonly missing: string;
  /** What can be taken already, of formats that grow by pages. */
  readonly growth?: Growth;
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

/**
 * What first bytes say of a format. `yes`: it is. `likely`: it looks so, but the format has no magic number. `begun`: the file is too
 * short to tell, and what there is fits. `no`: it is not.
 */
export type Match = "yes" | "likely" | "begun" | "no";

/** A format of image files. */
export interface ImageFormat {
  /** For people and for `doctor`: `TIFF (8, 16, 32 bit, float; strips, tiles, pages)`. */
  readonly name: string;
  /** Whether the first bytes ({@link HEAD_BYTES}, fewer when the file is shorter) are this format's. */
  matches(head: Uint8Array): Match;
  /** Reads headers only; raises only what reading raises. */
  inspect(source: ByteSource, options: ReadOptions): Promise<Inspection>;
  /** Raises FrameRejectedError. */
  open(source: ByteSource, options: ReadOptions): Promise<OpenImage>;
}

/** What a person may say about files that do not say it themselves. */
export interface ReadOptions {
  /** Path of the dataset in HDF5 files, or `null` for the one that looks like the image. */
  readonly hdf5Dataset: string | null;
}
export const DEFAULT_READ_OPTIONS: ReadOptions = Object.freeze({ hdf5Dataset: null });

/** First bytes that tell every format: MRC has its magic at byte 208, HDF5 may have it at byte 512. */
export const HEAD_BYTES = 1024;

/** Whether `head` begins with one of these magic numbers, or the other way round. */
export function matchMagic(head: Uint8Array, ...magics: readonly Uint8Array[]): Match {
  const isPrefix = (magic: Uint8Array) => magic.every((byte, i) => i >= head.length || byte === head[i]);
  const fitting = magics.filter(isPrefix);
  if (fitting.some((magic) => magic.length <= head.length)) return "yes";
  return fitting.length > 0 && head.length > 0 ? "begun" : "no";
}

/** The answer of a walk over headers that raises FrameRejectedError where something is missing or wrong. */
export async function inspectionOf(walk: () => Promise<Inspection>): Promise<Inspection> {
  try {
    return await walk();
  } catch (error) {
    if (!(error instanceof FrameRejectedError)) throw error;
    const { reason, received, expected, remedy } = error;
    if (reason === "incomplete") return { state: "incomplete", missing: received };
    return { state: "unusable", reason, received, expected, remedy, doubt: null };
  }
}

/** What is complete, or the refusal that an inspection stands for. */
export function completeOrRaise(found: Inspection): CompleteImage {
  if (found.state === "complete") return found;
  throw found.state === "incomplete" ? incomplete(found.missing) : new FrameRejectedError(found.reason, found);
}
