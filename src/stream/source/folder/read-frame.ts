/**
 * Reading a file that a folder source has offered: exactly the content it named, or nothing.
 *
 * @module
 */
import { errorText } from "../../base/errors.js";
import { type Frame, FrameRejectedError } from "../../base/frame.js";
import { DEFAULT_READ_OPTIONS } from "../../decode/format.js";
import { openImage } from "../../decode/resolve.js";
import type { FileFingerprint } from "../source.js";
import { isErrorCode } from "./error-code.js";
import { isSameContent } from "./fingerprint.js";
import { type FrameFile, openFrameFile } from "./frame-file.js";

/**
 * The frame on page `page` (from 0) of the file at `path`, reading that page's bytes only: a series of many GB is never read whole.
 *
 * Raises FrameRejectedError `vanished` where the file is gone or cannot be opened, `changed` where it holds something else now, is
 * being written, or was replaced by a symbolic link, and what decoding raises.
 */
export function readFrame(
  path: string,
  fingerprint: FileFingerprint,
  page: number,
  options = DEFAULT_READ_OPTIONS,
): Promise<Frame> {
  return withFrame(path, fingerprint, async ({ source }) => (await openImage(source, options)).decode(page));
}

/** The result of `read` on the file at `path`, which holds the content of `fingerprint` before and after. Raises as {@link readFrame}. */
async function withFrame<Result>(
  path: string,
  fingerprint: FileFingerprint,
  read: (file: FrameFile) => Promise<Result>,
): Promise<Result> {
  const file = await openOffered(path, fingerprint.sizeBytes);
  try {
    await checkContent(file, path, fingerprint);
    try {
      return await read(file);
    } finally {
      // What was read of a content that changed meanwhile says nothing, whether it decoded or not.
      await checkContent(file, path, fingerprint);
    }
  } finally {
    await file.close();
  }
}

async function openOffered(path: string, sizeBytes: number): Promise<FrameFile> {
  try {
    return await openFrameFile(path, sizeBytes);
  } catch (error) {
    // ELOOP is how the system refuses a symbolic link.
    throw isErrorCode(error, "ELOOP") ? changed(path, "a symbolic link now") : vanished(path, error);
  }
}

async function checkContent(file: FrameFile, path: string, expected: FileFingerprint): Promise<void> {
  const found = await file.fingerprint();
  if (!isSameContent(found, expected)) {
    throw changed(path, `${found.sizeBytes} bytes now, written at ${new Date(found.modifiedAtMs).toISOString()}`);
  }
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

function changed(path: string, received: string): FrameRejectedError {
  return new FrameRejectedError("changed", {
    received: `a file that holds something else than when it was found: ${path} (${received})`,
    expected: "the same content until it is analysed",
    remedy: "Give each frame a name of its own. The new content is taken as a frame of its own.",
  });
}
