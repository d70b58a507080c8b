/**
 * Telling one content of a file from another without reading it.
 *
 * @module
 */
import type { Stats } from "node:fs";
import type { UnixMs } from "../../base/units.js";
import type { ContentMark, FileFingerprint } from "../source.js";

/** The modification time keeps its fraction: file systems state it to the microsecond or better. */
export function fingerprintFrom(stats: Pick<Stats, "size" | "mtimeMs" | "ino">): FileFingerprint {
  return { sizeBytes: stats.size, modifiedAtMs: stats.mtimeMs as UnixMs, inode: stats.ino };
}

export function isSameContent(a: FileFingerprint, b: FileFingerprint): boolean {
  return a.sizeBytes === b.sizeBytes && a.modifiedAtMs === b.modifiedAtMs && a.inode === b.inode;
}

/** Whether a file can be an earlier one to which something was appended. */
export function mayHaveGrown(a: FileFingerprint, earlier: FileFingerprint): boolean {
  return a.inode === earlier.inode && a.sizeBytes >= earlier.sizeBytes;
}

/** Whether a file has certainly more bytes than an earlier one. */
export function hasGrown(a: FileFingerprint, earlier: FileFingerprint): boolean {
  return a.inode === earlier.inode && a.sizeBytes > earlier.sizeBytes;
}

/** The key of a page (from 0) of one content of a file; with its mark it is known again when the file has grown. */
export function frameKey(path: string, fingerprint: FileFingerprint, page: number, mark?: ContentMark): string {
  const { sizeBytes, modifiedAtMs } = fingerprint;
  return `${contentPrefix(path, fingerprint)}${sizeBytes}-${modifiedAtMs}${markText(mark)}#${page}`;
}

/** How the keys of all contents of a file begin. */
export function contentPrefix(path: string, { inode }: FileFingerprint): string {
  return `${path}?${inode}-`;
}

/** Whether a key is that of a file's only page, of this mark. */
export function isKeyOfFirstPage(key: string, mark: ContentMark): boolean {
  return mark.isTelling && key.endsWith(`${markText(mark)}#0`);
}

function markText(mark: ContentMark | undefined): string {
  return mark === undefined ? "" : `~${mark.hash}`;
}
