/**
 * Malformed streams of a sender: real ones with bytes changed, cut out or doubled, or with the right checksums over changed headers.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { pour } from "../../src/stream/flow/landing.js";
import type { Carrier } from "../../src/stream/ingest/carrier.js";
import { IngestReader } from "../../src/stream/ingest/message-reader.js";
import { SenderConnection } from "../../src/stream/ingest/sender-connection.js";
import { SenderSession } from "../../src/stream/ingest/sender-session.js";
import { decodeReceiverMessage, encodeIngest, PRELUDE_BYTES } from "../../src/stream/protocol/ingest-codec.js";
import type { ReceiverMessage } from "../../src/stream/protocol/ingest-messages.js";
import { type Mutation, mutated, mutation } from "./fuzz.js";
import { inPieces, messagesIn, sentMessage, smallFrame } from "./ingest.js";

/** A stream as a sender sends it: some of everything. */
const STREAM: readonly Uint8Array[] = [
  sentMessage({ op: "hello", stream: "cam", session: "s" }),
  sentMessage({ op: "beginRun", number: 1, name: "heating" }),
  ...[2, 3, 4].map((number) => sentMessage(...smallFrame(number))),
  sentMessage({ op: "file", number: 5 }, new Uint8Array(300).fill(80)),
  sentMessage({ op: "announce", number: 6, path: "run-7/movie.tif" }),
  sentMessage({ op: "endRun", number: 7 }),
].map(({ bytes }) => bytes);

export interface IngestCase {
  readonly bytes: Uint8Array;
  readonly cuts: readonly number[];
}

const changes = fc.array(mutation, { minLength: 1, maxLength: 4 });

/** What is changed: bytes on the way, or, by a sender that seals what it sends with the right checksums, a header or a payload. */
const place = fc.constantFrom("bytes" as const, "bytes" as const, "header" as const, "payload" as const);

export const ingestCase: fc.Arbitrary<IngestCase> = fc
  .record({
    place,
    mutations: changes,
    message: fc.nat(STREAM.length - 1),
    cuts: fc.array(fc.nat(5_000), { maxLength: 12 }),
  })
  .map(({ place: where, mutations, message, cuts }) => {
    const messages =
      where === "bytes"
        ? [mutated(Buffer.concat(STREAM), mutations)]
        : STREAM.map((bytes, i) => (i === message ? sealed(bytes, mutations, where) : bytes));
    return { bytes: Buffer.concat(messages), cuts };
  });

/** A message of which a part is changed, with the lengths and checksums of what it is then. */
function sealed(bytes: Uint8Array, mutations: readonly Mutation[], part: "header" | "payload"): Uint8Array {
  const headerEnd = PRELUDE_BYTES + Buffer.from(bytes).readUInt32LE(8);
  const parts = { header: bytes.subarray(PRELUDE_BYTES, headerEnd), payload: bytes.subarray(headerEnd) };
  const changed = mutated(parts[part], mutations);
  const { header, payload } = part === "header" ? { ...parts, header: changed } : { ...parts, payload: changed };
  const prelude = Buffer.from(encodeIngest({ op: "endRun", number: 1 }, crc32, payload).subarray(0, PRELUDE_BYTES));
  prelude.writeUInt32LE(header.length, 8);
  prelude.writeUInt32LE(crc32(header, crc32(prelude.subarray(0, 16))), 16);
  return Buffer.concat([prelude, header, payload]);
}

/** What a stream came to. `waits`: bytes are missing that may still come. */
export type IngestOutcome = "taken" | "refused" | "waits";

/** Serves a stream from memory. Raises what is no typed answer: a defect; also a daemon that says anything after its error. */
export async function outcomeOfStream({ bytes, cuts }: IngestCase): Promise<IngestOutcome> {
  const heard: ReceiverMessage[] = [];
  const carrier = memoryCarrier(inPieces(bytes, cuts), heard);
  const session = new SenderSession({ stream: "cam", session: "s" }, 0);
  const connection = new SenderConnection(carrier, {
    daemonVersion: "0",
    admit: () => session,
    take: async (_, { number }) => session.settle(number, { kind: "committed" }),
  });
  await connection.serve();
  const errors = heard.filter(({ op }) => op === "error");
  if (errors.length > 1 || (errors.length === 1 && heard.at(-1)?.op !== "error"))
    throw new Error(`said after an error: ${JSON.stringify(heard)}`);
  if (errors.length === 1) return "refused";
  return session.settledThrough === 7 ? "taken" : "waits";
}

function memoryCarrier(pieces: readonly Uint8Array[], heard: ReceiverMessage[]): Carrier {
  const reader = new IngestReader(decodeReceiverMessage);
  let end = (): void => undefined;
  let isClosed = false;
  return {
    peer: "memory",
    land: (landing) => {
      setImmediate(() => {
        for (const piece of pieces) if (!isClosed) pour(piece, landing);
        setImmediate(() => end());
      });
    },
    onEnd: (ended) => {
      end = () => ended(undefined);
    },
    pause: () => undefined,
    resume: () => undefined,
    send: (bytes) => {
      for (const { header } of messagesIn(reader, bytes)) heard.push(header);
      return true;
    },
    drained: () => Promise.resolve(),
    close: () => {
      isClosed = true;
    },
  };
}
