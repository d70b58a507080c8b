/**
 * Telling whether a file that has grown is still the one it was, by a few of its bytes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readExactly } from "../../decode/byte-source.js";
import type { ByteSource, Growth } from "../../decode/format.js";
import type { ContentMark } from "../source.js";

/** Bytes that are looked at, in the middle of the first page: noise makes them differ from those of every other series. */
const MARK_BYTES = 2_048;

/** The mark of a series; `null` where it has no page yet. */
export async function markOf(source: ByteSource, { pages, firstPage }: Growth): Promise<ContentMark | null> {
  if (pages === 0) return null;
  const length = Math.min(MARK_BYTES, firstPage.length);
  const offset = firstPage.offset + Math.floor((firstPage.length - length) / 2);
  return { offset, length, ...(await digestOf(source, offset, length)) };
}

/** Whether a file has a mark. */
export async function hasMark(source: ByteSource, { offset, length, hash }: ContentMark): Promise<boolean> {
  return offset + length <= source.sizeBytes && (await digestOf(source, offset, length)).hash === hash;
}

async function digestOf(
  source: ByteSource,
  offset: number,
  length: number,
): Promise<Pick<ContentMark, "hash" | "isTelling">> {
  const bytes = await readExactly(source, offset, length, "the end of its first page");
  const hash = createHash("sha1").update(bytes).digest("hex").slice(0, 16);
  return { hash, isTelling: bytes.some((byte) => byte !== bytes[0]) };
}
