/**
 * What is in a folder.
 *
 * @module
 */
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isIgnoredName } from "./names.js";

export interface Listing {
  /** Paths of everything that may be a frame, relative to the root, with the separator of the system; links included. */
  readonly files: readonly string[];
  /** Directories that were read, relative to the root; "" is the root itself. */
  readonly directories: readonly string[];
  /** Why a directory could not be read, the first of them, else `null`: what it holds is then missing in `files`. */
  readonly error: unknown;
}

/** Lists `root`, and with `recursive` what is below; links to directories are not followed, hidden directories not entered. */
export async function listFolder(root: string, recursive: boolean): Promise<Listing> {
  const files: string[] = [];
  const directories: string[] = [];
  const waiting = [""];
  let error: unknown = null;
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    try {
      for (const entry of await readdir(join(root, dir), { withFileTypes: true })) {
        const path = dir === "" ? entry.name : join(dir, entry.name);
        if (entry.isDirectory()) {
          if (recursive && !entry.name.startsWith(".")) waiting.push(path);
        } else if (mayBeFrame(entry)) files.push(path);
      }
      directories.push(dir);
    } catch (cause) {
      error ??= cause;
    }
  }
  return { files, directories, error };
}

/** Sockets, pipes and devices are no frames; links are let through so that they are refused by name and not silently. */
function mayBeFrame(entry: Dirent): boolean {
  return (entry.isFile() || entry.isSymbolicLink()) && !isIgnoredName(entry.name);
}
