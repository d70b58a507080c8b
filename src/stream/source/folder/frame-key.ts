/**
 * Reading a frame's key back: which page of which content of which file it is.
 *
 * @module
 */
import type { FileFingerprint } from "../source.js";

/** What the key of a frame from a folder says. */
export interface ParsedKey {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** From 0. */
  readonly page: number;
  /** Of a key that stands for one content. */
  readonly content: { readonly sizeBytes: number; readonly modifiedAtMs: number } | null;
  /** Hash of the mark of a file that may grow. */
  readonly markHash: string | null;
}

const KEY = /^(?<path>.*)\?\d+(?:-(?<size>\d+)-(?<modified>\d+(?:\.\d+)?))?(?:~(?<mark>[0-9a-f]+))?#(?<page>\d+)$/s;

/** The parts of a key that `frameKey` or `seriesPrefix` made; `null` for the key of another kind of source. */
export function parseFrameKey(key: string): ParsedKey | null {
  const { path, size, modified, mark, page } = KEY.exec(key)?.groups ?? {};
  if (path === undefined || page === undefined || (size === undefined && mark === undefined)) return null;
  const content = size === undefined ? null : { sizeBytes: Number(size), modifiedAtMs: Number(modified) };
  return { path, page: Number(page), content, markHash: mark ?? null };
}

/** Whether a key stands for a content that was shorter than what the file holds now. */
export function isKeyOfShorterContent(key: string, { sizeBytes }: FileFingerprint): boolean {
  const content = parseFrameKey(key)?.content ?? null;
  return content !== null && content.sizeBytes < sizeBytes;
}
