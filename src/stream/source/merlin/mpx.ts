/**
 * Messages of a Merlin: `MPX,0000262529,` and the bytes that it counts, on the data port and on the control port alike.
 *
 * After "Merlin Software User Manual" (Quantum Detectors): ten digits, which count the comma after them too.
 *
 * @module
 */
import type { ByteReader } from "../detector/byte-reader.js";
import { detectorError } from "../detector/errors.js";

/** Bytes of `MPX,0000262529,`. */
const PREFIX_BYTES = 15;
const PREFIX = /^MPX,(\d{10}),$/;
/** Bytes that are passed over, in search of the next message, before the stream is given up. */
const SKIP_LIMIT_BYTES = 67_108_864;

export interface MpxMessage {
  readonly body: Buffer<ArrayBuffer>;
  /** Bytes before it that were no message. */
  readonly skippedBytes: number;
}

/**
 * The next message, or `null` at the end of the stream. What is no message is passed over: a detector may still hold the rest of an
 * acquisition that was broken off. Raises DetectorStreamError where the stream ends within a message or none is found.
 */
export async function readMpx(reader: ByteReader, limitBytes: number): Promise<MpxMessage | null> {
  let window = await reader.read(PREFIX_BYTES, "the beginning of an MPX message");
  if (window === null) return null;
  for (let skippedBytes = 0; skippedBytes < SKIP_LIMIT_BYTES; ) {
    const length = bodyBytes(window);
    if (length !== null && length <= limitBytes)
      return { body: await reader.need(length, "an MPX message"), skippedBytes };
    const next = nextBeginning(window);
    const more = await reader.read(next, "an MPX message");
    if (more === null) return null;
    window = Buffer.concat([window.subarray(next), more]);
    skippedBytes += next;
  }
  throw detectorError(`${SKIP_LIMIT_BYTES} bytes without an MPX message`, "messages as MPX,0000262529,MQ1,...");
}

/** Bytes after the prefix, or `null` where it is none. */
function bodyBytes(window: Buffer): number | null {
  if (window[0] !== PREFIX_M) return null;
  const [, digits] = PREFIX.exec(window.toString("latin1")) ?? [];
  return digits === undefined || Number(digits) < 2 ? null : Number(digits) - 1;
}

const PREFIX_M = "M".charCodeAt(0);

/** Where in the window the next message may begin, from 1 to its end. */
function nextBeginning(window: Buffer): number {
  const at = window.indexOf(PREFIX_M, 1);
  return at < 0 ? window.length : at;
}

/** A message of text. */
export function mpxMessage(text: string): Buffer {
  return Buffer.from(`MPX,${String(text.length + 1).padStart(10, "0")},${text}`, "latin1");
}
