/**
 * Reading a file that a folder source has offered: exactly the content it named, or nothing.
 *
 * @module
 */
import { errorText } from "../../base/errors.js";
import { type Frame, FrameRejectedError } from "../../base/frame.js";
import { DEFAULT_READ_OPTIONS } from "../../decode/format.js";
import { openImage } from "../../decode/resolve.js";
import type { FileFingerprint, FilePayload } from "../source.js";
import { isErrorCode } from "./error-code.js";
import { hasGrown, isSameContent, mayHaveGrown } from "./fingerprint.js";
import { type FrameFile, openFrameFile, readFrameFile } from "./frame-file.js";
import { hasMark } from "./mark.js";

/** Files up to this size are read at once, bytes: a frame of 512 x 512 x 16 bit, a millisecond from a fast share. */
const SMALL_BYTES = 1_048_576;

/**
 * The frame of a payload, reading its page's bytes only: a series of many GB is never read whole.
 *
 * Raises FrameRejectedError `vanished` where the file is gone or cannot be opened, `changed` where it holds something else now, is
 * being written, or was replaced by a symbolic link, and what decoding raises. A series with a mark may grow.
 */
export async function readPayload(payload: FilePayload, options = DEFAULT_READ_OPTIONS): Promise<Frame> {
  const file = await openOffered(payload.path, payload.fingerprint.sizeBytes);
  try {
    await checkContent(file, payload);
    try {
      return await (await openImage(file.source, options)).decode(payload.page);
    } finally {
      // What was read of a content that changed meanwhile says nothing, whether it decoded or not.
      await checkContent(file, payload);
    }
  } finally {
    await file.close();
  }
}

/** The frame on page `page` (from 0) of the file at `path`. As {@link readPayload}. */
export function readFrame(
  path: string,
  fingerprint: FileFingerprint,
  page: number,
  options = DEFAULT_READ_OPTIONS,
): Promise<Frame> {
  return readPayload({ kind: "file", path, fingerprint, page }, options);
}

async function openOffered(path: string, sizeBytes: number): Promise<FrameFile> {
  try {
    return sizeBytes <= SMALL_BYTES ? readFrameFile(path, sizeBytes) : await openFrameFile(path, sizeBytes);
  } catch (error) {
    // ELOOP is how the system refuses a symbolic link.
    throw isErrorCode(error, "ELOOP") ? changed(path, "a symbolic link now") : vanished(path, error);
  }
}

async function checkContent(file: FrameFile, { path, fingerprint, mark, isSeries }: FilePayload): Promise<void> {
  const found = await file.fingerprint();
  if (isSameContent(found, fingerprint)) return;
  // A single frame may have been written over half-way: only what lies beyond it may have changed, never its own bytes.
  const isAllowed = isSeries === true ? mayHaveGrown(found, fingerprint) : hasGrown(found, fingerprint);
  if (mark !== undefined && isAllowed && (await hasMark(file.source, mark))) return;
  throw changed(path, `${found.sizeBytes} bytes now, written at ${new Date(found.modifiedAtMs).toISOString()}`);
}

/** A file that is gone, or that cannot be opened any more. */
export function vanished(path: string, cause: unknown): FrameRejectedError {
  return new FrameRejectedError("vanished", {
    received: `a file that cannot be opened any more: ${path} (${errorText(cause)})`,
    expected: "that files stay until they are analysed",
    remedy: "Move or delete frames only after their result is there.",
    cause,
  });
}

/** A file that is something else than when it was found. */
export function changed(path: string, received: string): FrameRejectedError {
  return new FrameRejectedError("changed", {
    received: `a file that holds something else than when it was found: ${path} (${received})`,
    expected: "the same content until it is analysed",
    remedy: "Give each frame a name of its own. The new content is taken as a frame of its own.",
  });
}
