/**
 * Ingest messages to bytes and back. INGEST.md specifies every byte.
 *
 * @module
 */
import type { z } from "zod";
import { errorText } from "../base/errors.js";
import type { ReceiverMessage, SenderMessage, SenderMessageInput } from "./ingest-messages.js";
import {
  INGEST_LIMITS,
  INGEST_VERSION,
  IngestError,
  PAYLOAD_OPS,
  receiverMessageSchema,
  senderMessageSchema,
} from "./ingest-messages.js";
import { textFromUtf8, utf8FromText } from "./utf8.js";

/** "OSTI". */
export const INGEST_MAGIC = 0x4954534f;
/** Bytes of a message before its header. */
export const PRELUDE_BYTES = 24;
/** Those that the header's checksum covers. */
const CHECKED_BYTES = 16;

/** CRC-32 as zlib computes it, of `bytes` after those that gave `before`. Handed in: Node has it in native code, a browser does not. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

/** What a message says of itself before its header. */
export interface Prelude {
  readonly headerBytes: number;
  readonly payloadBytes: number;
  readonly headerCrc: number;
  readonly payloadCrc: number;
}

/** Prelude and header of a message, to be followed by the payload as it is. */
export function encodeIngest(
  message: SenderMessageInput | ReceiverMessage,
  crc32: Crc32,
  payload: Uint8Array = new Uint8Array(),
): Uint8Array<ArrayBuffer> {
  const header = utf8FromText(JSON.stringify(message));
  const bytes = new Uint8Array(PRELUDE_BYTES + header.length);
  bytes.set(header, PRELUDE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, INGEST_MAGIC, true);
  view.setUint16(4, INGEST_VERSION, true);
  view.setUint32(8, header.length, true);
  view.setUint32(12, payload.length, true);
  view.setUint32(16, crc32(header, crc32(bytes.subarray(0, CHECKED_BYTES))), true);
  view.setUint32(20, crc32(payload), true);
  return bytes;
}

/**
 * Reads the first {@link PRELUDE_BYTES} of a message, before anything of the lengths in it is asked for.
 * Raises IngestError `not-ingest`, `version`, `malformed` and `too-large`.
 */
export function decodePrelude(bytes: Uint8Array): Prelude {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PRELUDE_BYTES);
  requireMagic(bytes);
  requireVersion(view.getUint16(4, true));
  if (view.getUint16(6, true) !== 0) throw malformed(`${view.getUint16(6, true)} in bytes 6 and 7`, "0");
  const prelude = {
    headerBytes: view.getUint32(8, true),
    payloadBytes: view.getUint32(12, true),
    headerCrc: view.getUint32(16, true),
    payloadCrc: view.getUint32(20, true),
  };
  requireSize("header", prelude.headerBytes, INGEST_LIMITS.headerBytes);
  requireSize("payload", prelude.payloadBytes, INGEST_LIMITS.payloadBytes);
  return prelude;
}

/** Raises IngestError `not-ingest` as soon as one of the bytes, of which there may be fewer than four, is not the magic number's. */
export function requireMagic(bytes: Uint8Array): void {
  for (let i = 0; i < Math.min(4, bytes.length); i++) {
    if (bytes[i] !== ((INGEST_MAGIC >> (8 * i)) & 0xff)) throw notIngest(bytes.subarray(0, 16));
  }
}

function requireVersion(version: number): void {
  if (version === INGEST_VERSION) return;
  throw new IngestError("version", {
    received: `a message of version ${version}`,
    expected: `version ${INGEST_VERSION}`,
    remedy: "Use a sender of this version of the protocol.",
  });
}

/** Raises IngestError `checksum` where header and prelude are not what was sent. */
export function checkHeader(prelude: Uint8Array, header: Uint8Array, crc32: Crc32): void {
  const { headerCrc } = decodePrelude(prelude);
  requireCrc("header", crc32(header, crc32(prelude.subarray(0, CHECKED_BYTES))), headerCrc);
}

/** Raises IngestError `checksum` where `found`, computed from what came, is not `expected`, as it was sent. */
export function requireCrc(part: "header" | "payload", found: number, expected: number): void {
  if (found === expected) return;
  throw new IngestError("checksum", {
    received: `a ${part} whose CRC-32 is ${hex(found)}`,
    expected: `${hex(expected)}, as its message states`,
    remedy: "Connect again and send again what is not settled; should it go on, the way between the two changes bytes.",
  });
}

/** What a sender says, from its header. Raises IngestError `malformed`, also for a payload where none belongs. */
export function decodeSenderMessage(header: Uint8Array, payloadBytes: number): SenderMessage {
  const message = validated(senderMessageSchema, header);
  if (payloadBytes > 0 && !PAYLOAD_OPS.includes(message.op)) {
    throw malformed(`${message.op} with a payload of ${payloadBytes} bytes`, "no payload");
  }
  return message;
}

/** What the daemon says, from its header; fields that this version does not know are left out. Raises IngestError `malformed`. */
export function decodeReceiverMessage(header: Uint8Array): ReceiverMessage {
  return validated(receiverMessageSchema, header);
}

function validated<Schema extends z.ZodType>(schema: Schema, header: Uint8Array): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(textFromUtf8(header));
  } catch (cause) {
    throw malformed(`a header that cannot be read (${errorText(cause)})`, "JSON in UTF-8");
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join(".") ?? "";
  throw malformed(
    `${place === "" ? "the header" : place}: ${issue?.message ?? "of no known form"}`,
    "a message of INGEST.md",
  );
}

function requireSize(part: string, bytes: number, limit: number): void {
  if (bytes <= limit) return;
  throw new IngestError("too-large", {
    received: `a ${part} of ${bytes} bytes`,
    expected: `at most ${limit} bytes`,
    remedy: "Send less in one message: crop or bin the frames.",
  });
}

function notIngest(bytes: Uint8Array): IngestError {
  return new IngestError("not-ingest", {
    received: `the bytes ${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}`,
    expected: "a message that begins with OSTI",
    remedy: "Send what src/stream/protocol/INGEST.md specifies, beginning with a hello.",
  });
}

function malformed(received: string, expected: string): IngestError {
  return new IngestError("malformed", {
    received: received.slice(0, 300),
    expected,
    remedy: "Correct the sender; nothing of this message was carried out.",
  });
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, "0")}`;
}
