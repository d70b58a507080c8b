/**
 * Senders of frames for tests: messages at random, and a connection that speaks bytes.
 *
 * @module
 */
import { connect, createServer, type ListenOptions, type NetConnectOpts, type Socket } from "node:net";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { onTestFinished } from "vitest";
import type { FrameRejectedError } from "../../src/stream/base/frame.js";
import { inspectImage } from "../../src/stream/decode/resolve.js";
import { systemClock } from "../../src/stream/flow/clock.js";
import { announcedFiles } from "../../src/stream/ingest/announced.js";
import { tcpListener } from "../../src/stream/ingest/endpoints.js";
import { IngestSource, type IngestSourceOptions } from "../../src/stream/ingest/ingest-source.js";
import { type IngestMessage, IngestReader } from "../../src/stream/ingest/message-reader.js";
import { decodeReceiverMessage, encodeIngest } from "../../src/stream/protocol/ingest-codec.js";
import type { ReceiverMessage, SenderMessage, SenderMessageInput } from "../../src/stream/protocol/ingest-messages.js";
import type { OfferedFrame } from "../../src/stream/source/source.js";

/** A message of a sender, as it is read and as it is sent. */
export interface SentMessage {
  readonly header: SenderMessage;
  readonly payload: Uint8Array;
  readonly bytes: Uint8Array;
}

const number = fc.integer({ min: 1, max: 999_999_999_999 });
const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const label = fc.option(fc.string({ minLength: 1, maxLength: 50, unit: "grapheme" }), { nil: undefined });
const edgePx = fc.integer({ min: 1, max: 1_000_000 });
const positive = fc.option(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { nil: undefined });

const header: fc.Arbitrary<SenderMessageInput> = fc.oneof(
  fc.record({ op: fc.constant("hello" as const), stream: name, session: name, firstNumber: number }),
  fc.record({
    op: fc.constant("frame" as const),
    number,
    label,
    widthPx: edgePx,
    heightPx: edgePx,
    type: fc.constantFrom("u8" as const, "u16" as const, "f32" as const),
    byteOrder: fc.constantFrom("little" as const, "big" as const),
    pixelSizeNm: positive,
    exposureMs: positive,
    sequence: fc.option(fc.nat(), { nil: undefined }),
  }),
  fc.record({ op: fc.constant("file" as const), number, label }),
  fc.record({ op: fc.constant("announce" as const), number, path: fc.string({ minLength: 1, maxLength: 100 }) }),
  fc.record({ op: fc.constant("beginRun" as const), number, name: label, notes: label }),
  fc.record({ op: fc.constant("endRun" as const), number }),
);

/** Any message of a sender. */
export const senderMessage: fc.Arbitrary<SentMessage> = fc
  .tuple(header, fc.uint8Array({ maxLength: 3_000 }))
  .map(([message, bytes]) => sentMessage(message, message.op === "frame" || message.op === "file" ? bytes : undefined));

/** A message as it is sent. */
export function sentMessage(message: SenderMessageInput, payload: Uint8Array = new Uint8Array()): SentMessage {
  const bytes = Buffer.concat([encodeIngest(message, crc32, payload), payload]);
  // What JSON leaves out is not there when it is read.
  return { header: JSON.parse(JSON.stringify(message)), payload, bytes };
}

/** `bytes`, cut at these places, each modulo their length. */
export function inPieces(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % Math.max(1, bytes.length)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
}

/** The messages that are complete with bytes that lie elsewhere. Raises what the reader does. */
export function* messagesIn<Header>(reader: IngestReader<Header>, bytes: Uint8Array): Generator<IngestMessage<Header>> {
  for (let rest = bytes; rest.length > 0; ) {
    const { space } = reader;
    const part = rest.subarray(0, space.length);
    space.set(part);
    yield* reader.filled(part.length);
    rest = rest.subarray(part.length);
  }
}

/** A connection that speaks bytes, and hears messages. */
export interface RawSender {
  readonly socket: Socket;
  readonly heard: readonly ReceiverMessage[];
  send(message: SenderMessageInput, payload?: Uint8Array): void;
  sendBytes(bytes: Uint8Array): void;
  /** The first message, come or coming, for which `isIt` holds. */
  until(isIt: (message: ReceiverMessage) => boolean): Promise<ReceiverMessage>;
  /** All that was heard, once the other side has closed. */
  readonly ended: Promise<readonly ReceiverMessage[]>;
}

export async function rawSender(where: NetConnectOpts): Promise<RawSender> {
  const socket = connect(where);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  const heard: ReceiverMessage[] = [];
  const waiters = new Set<() => void>();
  const reader = new IngestReader(decodeReceiverMessage);
  socket.on("data", (chunk) => {
    for (const message of messagesIn(reader, chunk)) heard.push(message.header);
    for (const check of [...waiters]) check();
  });
  socket.on("error", () => undefined);
  const ended = new Promise<readonly ReceiverMessage[]>((resolve) => socket.once("close", () => resolve(heard)));
  return {
    socket,
    heard,
    ended,
    send: (message, payload) => socket.write(sentMessage(message, payload).bytes),
    sendBytes: (bytes) => socket.write(bytes),
    until: (isIt) =>
      new Promise((resolve) => {
        const check = () => {
          const found = heard.find(isIt);
          if (found === undefined) return;
          waiters.delete(check);
          resolve(found);
        };
        waiters.add(check);
        check();
      }),
  };
}

/** A source on a socket, with a sink that a test looks into and whose frames it settles itself. */
export interface IngestRig {
  readonly source: IngestSource;
  readonly offered: OfferedFrame[];
  readonly rejected: FrameRejectedError[];
  readonly runs: string[];
  readonly where: { readonly host: string; readonly port: number };
  /** A connection that has said hello and was welcomed. */
  greeted(hello?: Partial<SenderMessageInput>): Promise<RawSender>;
}

export interface IngestRigOptions extends Partial<Pick<IngestSourceOptions, "openAnnounced" | "readToken">> {
  /** When there is room for the next frame; at once by default. */
  readonly accept?: (frame: OfferedFrame) => Promise<void>;
  readonly lastRecorded?: (prefix: string) => string | undefined;
}

export async function ingestRig(options: IngestRigOptions = {}): Promise<IngestRig> {
  const { accept = async () => {}, lastRecorded = () => undefined, ...sourceOptions } = options;
  const offered: OfferedFrame[] = [];
  const rejected: FrameRejectedError[] = [];
  const runs: string[] = [];
  const source = new IngestSource({
    name: "tcp://test",
    endpoint: tcpListener({ host: "127.0.0.1", port: 0 }),
    clock: systemClock,
    daemonVersion: "0.0.0",
    readToken: async () => null,
    openAnnounced: announcedFiles({ root: null, inspect: inspectImage, timeoutMs: 100, pollMs: 20 }),
    inspect: inspectImage,
    ...sourceOptions,
  });
  onTestFinished(() => source.close());
  await source.start({
    offer: (frame) => {
      offered.push(frame);
      return accept(frame);
    },
    reject: ({ key }, error) => {
      rejected.push(error);
      source.settle(key, { kind: "rejected", reason: error.reason });
    },
    beginRun: async (run) => void runs.push(`begin ${run.name ?? ""}`),
    endRun: async () => void runs.push("end"),
    lastRecorded,
  });
  const port = Number(/:(\d+)$/.exec(source.endpoint.health().detail)?.[1]);
  const where = { host: "127.0.0.1", port };
  return {
    source,
    offered,
    rejected,
    runs,
    where,
    async greeted(hello = {}) {
      const sender = await rawSender(where);
      sender.send({ op: "hello", stream: "cam", session: "s", ...hello } as SenderMessageInput);
      await sender.until(({ op }) => op === "welcome");
      return sender;
    },
  };
}

/** A frame of 4 x 2 px whose pixels are its number. */
export function smallFrame(number: number): readonly [SenderMessageInput, Uint8Array] {
  return [{ op: "frame", number, widthPx: 4, heightPx: 2, type: "u8" }, new Uint8Array(8).fill(number)];
}

/** A way to the daemon that is cut again and again, in the middle of whatever is sent. */
export interface BrokenWay {
  readonly port: number;
  readonly cuts: number;
  close(): void;
}

/** Forwards what comes at `listen` to `target`, and breaks all connections each time that `everyBytes` have gone there, `times` times. */
export async function brokenWay(
  target: NetConnectOpts,
  listen: ListenOptions,
  { everyBytes, times }: { readonly everyBytes: number; readonly times: number },
): Promise<BrokenWay> {
  const ends = new Set<Socket>();
  let forwarded = 0;
  let cuts = 0;
  const cut = () => {
    for (const end of ends) end.destroy();
  };
  const server = createServer((near) => {
    const far = connect(target);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(one);
      one.on("error", () => undefined);
      one.once("close", () => {
        ends.delete(one);
        other.destroy();
      });
    }
    far.pipe(near);
    near.on("data", (bytes) => {
      forwarded += bytes.length;
      if (!far.write(bytes)) {
        near.pause();
        far.once("drain", () => near.resume());
      }
      if (cuts >= times || forwarded < (cuts + 1) * everyBytes) return;
      cuts += 1;
      cut();
    });
  });
  await new Promise<void>((resolve) => server.listen(listen, resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    get cuts() {
      return cuts;
    },
    close: () => {
      server.close();
      cut();
    },
  };
}
