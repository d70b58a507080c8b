/**
 * Opening files of a watched folder, and reading from them.
 *
 * @module
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { fileSource } from "../../decode/file-source.js";
import type { ByteSource } from "../../decode/format.js";
import type { FileFingerprint } from "../source.js";
import { fingerprintFrom } from "./fingerprint.js";

/** Never through a symbolic link, and never waiting for the other end of a pipe. Windows has neither flag. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** An open file. */
export interface FrameFile {
  readonly source: ByteSource;
  /** What it holds now. */
  fingerprint(): Promise<FileFingerprint>;
  close(): Promise<void>;
}

/**
 * Opens `path`, which must not be a symbolic link (ELOOP), to read its first `sizeBytes`: those of a fingerprint, else as many as it has
 * now. Raises the errors of the file system.
 *
 * Whoever reads compares the fingerprint afterwards, which also tells whether the size was right.
 */
export async function openFrameFile(path: string, sizeBytes?: number): Promise<FrameFile> {
  const handle = await open(path, OPEN_FLAGS);
  try {
    return {
      source: fileSource(handle, sizeBytes ?? (await handle.stat()).size),
      fingerprint: async () => fingerprintFrom(await handle.stat()),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
