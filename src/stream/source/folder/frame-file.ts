/**
 * Opening files of a watched folder, and reading from them.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { bytesSource } from "../../decode/byte-source.js";
import { fileSource } from "../../decode/file-source.js";
import type { ByteSource, SourceFile } from "../../decode/format.js";
import type { FileFingerprint } from "../source.js";
import { isErrorCode } from "./error-code.js";
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
      source: fileSource(handle, sizeBytes ?? (await handle.stat()).size, sourceFile(handle, path)),
      fingerprint: async () => fingerprintFrom(await handle.stat()),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * As {@link openFrameFile}, with all of the file read at once and on this thread: for small files, where handing six calls to other threads
 * takes longer than the calls. Not for threads that must never wait for a disk.
 */
export function readFrameFile(path: string, sizeBytes: number): FrameFile {
  const fd = openSync(path, OPEN_FLAGS);
  try {
    const bytes = new Uint8Array(sizeBytes);
    let filled = 0;
    for (let count = -1; count !== 0 && filled < sizeBytes; filled += count) {
      count = readSync(fd, bytes, filled, sizeBytes - filled, filled);
    }
    return {
      source: { ...bytesSource(bytes.subarray(0, filled)), sizeBytes, file: sourceFile({ fd }, path) },
      fingerprint: async () => fingerprintFrom(fstatSync(fd)),
      close: async () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function sourceFile({ fd }: Pick<FileHandle, "fd">, path: string): SourceFile {
  return {
    descriptor: fd,
    name: basename(path),
    withSibling: async (name, use) => {
      // A name comes from a file: only what lies in the same folder is opened.
      if (name !== basename(name)) return null;
      const sibling = await openFrameFile(join(dirname(path), name)).catch((error: unknown) => {
        if (isErrorCode(error, "ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "EACCES", "EPERM", "EINVAL")) return null;
        throw error;
      });
      if (sibling === null) return null;
      try {
        return await use(sibling.source);
      } finally {
        await sibling.close();
      }
    },
  };
}
