/** The incremental parser of the ingest protocol, whatever the pieces are that its bytes come in. */
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IngestReader } from "../../../src/stream/ingest/message-reader.js";
import { decodeSenderMessage, encodeIngest, PRELUDE_BYTES } from "../../../src/stream/protocol/ingest-codec.js";
import { INGEST_LIMITS, IngestError } from "../../../src/stream/protocol/ingest-messages.js";
import { inPieces, messagesIn, senderMessage, sentMessage } from "../../support/ingest.js";

const reader = () => new IngestReader(decodeSenderMessage);

function readAll(pieces: readonly Uint8Array[]) {
  const incremental = reader();
  const messages = pieces.flatMap((piece) => [...messagesIn(incremental, piece)]);
  return { messages, isWithin: incremental.isWithin };
}

describe("the parser", () => {
  it("finds the same messages in any pieces", () => {
    const streams = fc.record({
      messages: fc.array(senderMessage, { maxLength: 6 }),
      cuts: fc.array(fc.nat(4_000), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(streams, ({ messages, cuts }) => {
        const bytes = Buffer.concat(messages.map(({ bytes: one }) => one));
        const { messages: read, isWithin } = readAll(inPieces(bytes, cuts));
        expect(read.map(({ header }) => header)).toEqual(messages.map(({ header }) => header));
        expect(read.map(({ payload }) => Buffer.from(payload))).toEqual(
          messages.map(({ payload }) => Buffer.from(payload)),
        );
        expect(isWithin).toBe(false);
      }),
      { seed: 3 },
    );
  });

  it("finds the same messages byte by byte", () => {
    const [one] = fc.sample(senderMessage, { seed: 9, numRuns: 1 });
    const bytes = one?.bytes ?? new Uint8Array();
    const { messages } = readAll(inPieces(bytes, [...bytes.keys()]));
    expect(messages.map(({ header }) => header)).toEqual([one?.header]);
  });

  it("has a payload written to where it stays", () => {
    const payload = new Uint8Array(100).fill(7);
    const incremental = reader();
    expect([...messagesIn(incremental, encodeIngest({ op: "file", number: 1 }, crc32, payload))]).toEqual([]);
    const { space } = incremental;
    space.set(payload);
    const [message] = incremental.filled(payload.length);
    expect(message?.payload.buffer).toBe(space.buffer);
    expect(message?.payload).toHaveLength(100);
  });

  it("fills the memory that it is given, and asks for none before it knows how much", () => {
    const asked: number[] = [];
    const memory = new Uint8Array(3).fill(9);
    const given = new IngestReader(decodeSenderMessage, (bytes) => {
      asked.push(bytes);
      return memory;
    });
    const { bytes } = sentMessage({ op: "file", number: 1 }, Uint8Array.of(1, 2, 3));
    expect([...messagesIn(given, bytes.subarray(0, 30))]).toEqual([]);
    expect(asked).toEqual([]);
    const [message] = messagesIn(given, bytes.subarray(30));
    expect(asked).toEqual([3]);
    expect(message?.payload).toBe(memory);
    expect([...memory]).toEqual([1, 2, 3]);
  });

  it("notices every bit that is changed on the way, and raises nothing else", () => {
    const changes = fc.record({
      message: senderMessage,
      at: fc.nat(),
      bit: fc.nat(7),
      cuts: fc.array(fc.nat(4_000), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(changes, ({ message, at, bit, cuts }) => {
        const bytes = Buffer.from(message.bytes);
        const place = at % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
        let caught: unknown;
        let read: ReturnType<typeof readAll> | undefined;
        try {
          read = readAll(inPieces(bytes, cuts));
        } catch (error) {
          caught = error;
        }
        // A length that grew waits for bytes that never come; everything else is seen.
        if (read !== undefined) expect([read.messages, read.isWithin]).toEqual([[], true]);
        else expect(caught).toBeInstanceOf(IngestError);
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it("refuses lengths past the limits before it has anything of that length", () => {
    const prelude = (headerBytes: number, payloadBytes: number) => {
      const bytes = encodeIngest({ op: "file", number: 1 }, crc32).slice(0, PRELUDE_BYTES);
      new DataView(bytes.buffer).setUint32(8, headerBytes, true);
      new DataView(bytes.buffer).setUint32(12, payloadBytes, true);
      return bytes;
    };
    const reasonOf = (bytes: Uint8Array) => {
      try {
        return [...messagesIn(reader(), bytes)].length;
      } catch (error) {
        return error instanceof IngestError ? error.reason : error;
      }
    };
    const { headerBytes, payloadBytes } = INGEST_LIMITS;
    expect(reasonOf(prelude(headerBytes, payloadBytes))).toBe(0);
    expect(reasonOf(prelude(headerBytes + 1, 0))).toBe("too-large");
    expect(reasonOf(prelude(2, payloadBytes + 1))).toBe("too-large");
    expect(reasonOf(prelude(0xffffffff, 0xffffffff))).toBe("too-large");
  });

  it("refuses a stream that is none at its first wrong byte", () => {
    expect(() => [...messagesIn(reader(), Buffer.from("OST!"))]).toThrow(/begins with OSTI/);
    expect(() => [...messagesIn(reader(), Buffer.from("G"))]).toThrow(/begins with OSTI/);
    expect([...messagesIn(reader(), Buffer.from("OST"))]).toEqual([]);
  });
});
