/**
 * Malformed messages: real ones of clients and senders, to be changed as files are.
 *
 * @module
 */
import fc from "fast-check";
import { decodeClientMessage, encodeClientMessage } from "../../src/stream/protocol/codec.js";
import { decodeSenderMessage } from "../../src/stream/protocol/ingest-codec.js";
import type { SenderMessageInput } from "../../src/stream/protocol/ingest-messages.js";
import { IngestError } from "../../src/stream/protocol/ingest-messages.js";
import { ProtocolError } from "../../src/stream/protocol/protocol-error.js";
import type { Outcome } from "./fuzz.js";
import type { FuzzTarget } from "./fuzz-detectors.js";
import { anyClientMessage } from "./wire-messages.js";

async function outcome(read: () => unknown): Promise<Outcome> {
  try {
    read();
    return "frame";
  } catch (error) {
    if (error instanceof ProtocolError || error instanceof IngestError) return "refused";
    throw error;
  }
}

const CLIENT_MESSAGES = fc.sample(anyClientMessage(), { seed: 7, numRuns: 60 });
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

const SENDER_MESSAGES: readonly SenderMessageInput[] = [
  { op: "hello", stream: "camera", session: "morning", firstNumber: 1, token: "secret" },
  { op: "frame", number: 1, label: "first", widthPx: 4, heightPx: 2, type: "u8", pixelSizeNm: 0.42, exposureMs: 5 },
  { op: "file", number: 2, label: "second.tif" },
  { op: "announce", number: 3, path: "run-7/third.tif" },
  { op: "beginRun", number: 4, name: "heating", notes: "to 400 K" },
  { op: "endRun", number: 5 },
];

/** By name; a header is a sender's without the checksum, which hides everything behind it from changes. */
export const MESSAGE_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  MSGPACK: {
    seeds: CLIENT_MESSAGES.map((message, i) => ({
      name: `message ${i}`,
      bytes: encodeClientMessage("msgpack", message),
    })),
    outcomeOf: (bytes) => outcome(() => decodeClientMessage("msgpack", bytes)),
  },
  JSON: {
    seeds: CLIENT_MESSAGES.map((message, i) => ({
      name: `message ${i}`,
      bytes: Buffer.from(encodeClientMessage("json", message)),
    })),
    outcomeOf: (bytes) => outcome(() => decodeClientMessage("json", textOf(bytes))),
  },
  HEADER: {
    seeds: SENDER_MESSAGES.map((message) => ({ name: message.op, bytes: Buffer.from(JSON.stringify(message)) })),
    outcomeOf: (bytes) => outcome(() => decodeSenderMessage(bytes, 8)),
  },
};
