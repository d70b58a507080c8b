/**
 * Telling one content of a file from another without reading it.
 *
 * @module
 */
import type { Stats } from "node:fs";
import type { UnixMs } from "../../base/units.js";
import type { FileFingerprint } from "../source.js";

/** The modification time keeps its fraction: file systems state it to the microsecond or better. */
export function fingerprintFrom(stats: Pick<Stats, "size" | "mtimeMs" | "ino">): FileFingerprint {
  return { sizeBytes: stats.size, modifiedAtMs: stats.mtimeMs as UnixMs, inode: stats.ino };
}

export function isSameContent(a: FileFingerprint, b: FileFingerprint): boolean {
  return a.sizeBytes === b.sizeBytes && a.modifiedAtMs === b.modifiedAtMs && a.inode === b.inode;
}

/** The key of a page (from 0) of one content of a file. */
export function frameKey(path: string, fingerprint: FileFingerprint, page: number): string {
  const { inode, sizeBytes, modifiedAtMs } = fingerprint;
  return `${path}?${inode}-${sizeBytes}-${modifiedAtMs}#${page}`;
}
