/** Every message, byte for byte, as a program that knows INGEST.md only writes and reads it (generate-golden.py). */
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { IngestReader } from "../../../src/stream/ingest/message-reader.js";
import { decodeReceiverMessage, decodeSenderMessage, encodeIngest } from "../../../src/stream/protocol/ingest-codec.js";
import type { ReceiverMessage, SenderMessageInput } from "../../../src/stream/protocol/ingest-messages.js";
import { receiverMessageSchema, senderMessageSchema } from "../../../src/stream/protocol/ingest-messages.js";
import { messagesIn } from "../../support/ingest.js";

interface Golden {
  readonly sender: readonly { readonly header: SenderMessageInput; readonly payload: string; readonly bytes: string }[];
  readonly receiver: readonly { readonly header: ReceiverMessage; readonly bytes: string }[];
}

const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8")) as Golden;

describe("a message of a sender", () => {
  it.each(golden.sender)("is written byte for byte: $header.op", ({ header, payload, bytes }) => {
    const pixels = Buffer.from(payload, "hex");
    const written = Buffer.concat([encodeIngest(header, crc32, pixels), pixels]);
    expect(written.toString("hex")).toBe(bytes);
  });

  it.each(golden.sender)("is read from its bytes: $header.op", ({ header, payload, bytes }) => {
    const messages = [...messagesIn(new IngestReader(decodeSenderMessage), Buffer.from(bytes, "hex"))];
    expect(messages).toHaveLength(1);
    expect(messages[0]?.header).toEqual(header);
    expect(Buffer.from(messages[0]?.payload ?? []).toString("hex")).toBe(payload);
  });
});

describe("a message of the daemon", () => {
  it.each(golden.receiver)("is written and read byte for byte: $header.op", ({ header, bytes }) => {
    expect(Buffer.from(encodeIngest(header, crc32)).toString("hex")).toBe(bytes);
    const [message] = messagesIn(new IngestReader(decodeReceiverMessage), Buffer.from(bytes, "hex"));
    expect(message?.header).toEqual(header);
  });
});

it("there is one of every kind", () => {
  const ops = (headers: readonly { readonly header: { readonly op: string } }[]) =>
    [...new Set(headers.map(({ header }) => header.op))].sort();
  expect(ops(golden.sender)).toEqual(senderMessageSchema.options.map(({ shape }) => shape.op.value).sort());
  expect(ops(golden.receiver)).toEqual(receiverMessageSchema.options.map(({ shape }) => shape.op.value).sort());
});
