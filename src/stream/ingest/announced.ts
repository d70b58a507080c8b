/**
 * Files that a sender announces: for shares where file events do not fire. Only what lies inside the permitted folder is opened.
 *
 * @module
 */
import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { errorText } from "../base/errors.js";
import { FrameRejectedError } from "../base/frame.js";
import type { ByteSource, Inspection } from "../decode/format.js";
import { isErrorCode } from "../source/folder/error-code.js";
import { isSameContent } from "../source/folder/fingerprint.js";
import { openFrameFile } from "../source/folder/frame-file.js";
import type { FileFingerprint } from "../source/source.js";

/** A file that is there, whole, as far as its headers say. */
export interface AnnouncedFile {
  readonly path: string;
  readonly fingerprint: FileFingerprint;
  readonly pages: number;
}

/** Looks into an announced file, waiting for it to be complete; gives why it is refused otherwise. */
export type OpenAnnounced = (path: string) => Promise<AnnouncedFile | FrameRejectedError>;

export interface AnnouncedOptions {
  /** The folder that announced files must lie in; `null`: none is taken. */
  readonly root: string | null;
  readonly inspect: (source: ByteSource) => Promise<Inspection>;
  /** How long a file may be missing or incomplete: a share shows it later than its writer. */
  readonly timeoutMs: number;
  readonly pollMs: number;
}

export function announcedFiles(options: AnnouncedOptions): OpenAnnounced {
  return async (path) => {
    try {
      return await openWithin(path, options);
    } catch (error) {
      if (error instanceof FrameRejectedError) return error;
      throw error;
    }
  };
}

async function openWithin(announced: string, options: AnnouncedOptions): Promise<AnnouncedFile> {
  const { timeoutMs, pollMs } = options;
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await look(announced, options);
    if (!(found instanceof FrameRejectedError)) return found;
    if (performance.now() >= endMs) throw found;
    await new Promise((done) => setTimeout(done, pollMs));
  }
}

/** The file, or why it is not one yet. Raises FrameRejectedError for what waiting does not change. */
async function look(announced: string, options: AnnouncedOptions): Promise<AnnouncedFile | FrameRejectedError> {
  try {
    const path = await permitted(announced, options.root);
    const file = await openFrameFile(path);
    try {
      const before = await file.fingerprint();
      const inspection = await options.inspect(file.source);
      const fingerprint = await file.fingerprint();
      if (inspection.state === "unusable") throw new FrameRejectedError(inspection.reason, inspection);
      if (inspection.state === "incomplete") return incomplete(announced, inspection.missing);
      if (!isSameContent(before, fingerprint)) return incomplete(announced, "a file that is being written");
      return { path, fingerprint, pages: inspection.pages };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isErrorCode(error, "ELOOP")) throw outside(announced, "a symbolic link");
    if (isErrorCode(error, "EISDIR")) throw outside(announced, "a folder");
    if (isErrorCode(error, "ENOENT", "ENOTDIR", "ESTALE", "EBUSY", "EACCES", "EIO")) return missing(announced, error);
    throw error;
  }
}

/** The real path of an announced file: relative to the root, or within it. Raises FrameRejectedError for any other. */
async function permitted(announced: string, root: string | null): Promise<string> {
  if (root === null) throw outside(announced, "a path, though no folder is permitted");
  if (announced.includes("\0")) throw outside("...", "a path with a zero byte");
  const realRoot = await realpath(root);
  const wanted = resolve(realRoot, announced);
  // The name itself is opened without following a link; the folders before it may be links that stay inside.
  const path = join(await realpath(dirname(wanted)), basename(wanted));
  const within = relative(realRoot, path);
  if (within === "" || within === ".." || within.startsWith(`..${sep}`) || isAbsolute(within)) {
    throw outside(announced, "a path outside the permitted folder");
  }
  return path;
}

function outside(announced: string, received: string): FrameRejectedError {
  return new FrameRejectedError("unsupported", {
    received: `${received}: ${announced.slice(0, 200)}`,
    expected: "a file inside the folder that announceRoot names",
    remedy: "Announce paths relative to that folder, or start the daemon with another --announce-root.",
  });
}

function incomplete(announced: string, received: string): FrameRejectedError {
  return new FrameRejectedError("incomplete", {
    received: `${received}: ${announced.slice(0, 200)}`,
    expected: "a file that is whole when it is announced",
    remedy: "Announce a file after its writer has closed it.",
  });
}

function missing(announced: string, cause: unknown): FrameRejectedError {
  return new FrameRejectedError("vanished", {
    received: `a file that cannot be opened: ${announced.slice(0, 200)} (${errorText(cause)})`,
    expected: "a file that is there when it is announced",
    remedy: "Announce a file after it was written, by its path inside the permitted folder.",
    cause,
  });
}
