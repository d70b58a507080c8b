/**
 * One connection of a sender: reads its messages, hands items over one after the other, and tells how far they are.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { decodeSenderMessage, encodeIngest } from "../protocol/ingest-codec.js";
import type { IngestHello, IngestItem, ReceiverMessage, SenderMessage } from "../protocol/ingest-messages.js";
import { INGEST_LIMITS, INGEST_VERSION, IngestError } from "../protocol/ingest-messages.js";
import { type Carrier, messagesOf } from "./carrier.js";
import { type Allocate, type IngestMessage, IngestReader } from "./message-reader.js";
import type { SenderSession } from "./sender-session.js";

export interface ConnectionOptions {
  readonly daemonVersion: string;
  /** The session of a hello. Raises IngestError `unauthorised`. */
  readonly admit: (hello: IngestHello) => SenderSession;
  /** Hands an item on; resolves when there is room for the next. */
  readonly take: (session: SenderSession, item: IngestItem, payload: Uint8Array) => Promise<void>;
  /** Memory for payloads; of the system by default. */
  readonly allocate?: Allocate | undefined;
}

/** Longest time that what is taken waits to be told, ms: a sender that waits for it waits no longer. */
const PROGRESS_MS = 5;

export class SenderConnection {
  readonly #carrier: Carrier;
  readonly #options: ConnectionOptions;
  #session: SenderSession | undefined;
  /** The last item whose hand-over is done. */
  #doneThrough = 0;
  /** What was told last. */
  #told = { takenThrough: 0, settledThrough: 0 };
  #unfollow: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #isSending = false;
  #isClosed = false;

  constructor(carrier: Carrier, options: ConnectionOptions) {
    this.#carrier = carrier;
    this.#options = options;
  }

  /** Serves until the connection ends, however it does. Rejects only with a defect. */
  async serve(): Promise<void> {
    const helloTimer = setTimeout(() => this.refuse(noHello("nothing in time")), INGEST_LIMITS.helloMs);
    const { allocate } = this.#options;
    const reader = new IngestReader((header, payloadBytes) => this.#readHeader(header, payloadBytes), allocate);
    try {
      for await (const message of messagesOf(this.#carrier, reader)) {
        if (this.#isClosed) return;
        await this.#take(message);
        if (this.#session !== undefined) clearTimeout(helloTimer);
      }
    } catch (error) {
      if (!(error instanceof IngestError)) throw error;
      this.refuse(error);
    } finally {
      clearTimeout(helloTimer);
      this.#end();
    }
  }

  /** Says why, and closes. */
  refuse({ reason, received, expected, remedy }: IngestError): void {
    if (this.#isClosed) return;
    this.#send({ op: "error", reason, received, expected, remedy });
    this.#end();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#unfollow();
    this.#carrier.close();
  }

  /** Decides on a header before room is made for its payload; a hello has none and is answered. */
  #readHeader(header: Uint8Array, payloadBytes: number): SenderMessage {
    const message = decodeSenderMessage(header, payloadBytes);
    if (this.#session === undefined && message.op !== "hello") throw noHello(message.op);
    if (message.op === "hello") {
      // At once: what follows is judged by the session, and may lie in the same piece.
      this.#greet(message);
      return message;
    }
    const limit = this.#told.takenThrough + INGEST_LIMITS.window;
    if (message.number > limit) throw pastWindow(message.number, limit);
    return message;
  }

  async #take({ header, payload }: IngestMessage<SenderMessage>): Promise<void> {
    if (header.op === "hello") return;
    const session = this.#session;
    if (session === undefined) throw noHello(header.op);
    await session.take(header.number, () => this.#options.take(session, header, payload));
    this.#doneThrough = Math.max(this.#doneThrough, header.number);
    this.#mark(this.#doneThrough - this.#told.takenThrough >= INGEST_LIMITS.window / 4);
  }

  #greet(hello: IngestHello): void {
    if (this.#session !== undefined) {
      throw new IngestError("malformed", {
        received: "a second hello",
        expected: "one a connection",
        remedy: "Open a connection for each session.",
      });
    }
    const session = this.#options.admit(hello);
    this.#session = session;
    this.#unfollow = session.follow({
      settled: () => this.#mark(true),
      replaced: () => this.refuse(replaced(hello)),
    });
    const { takenThrough, settledThrough } = session;
    this.#doneThrough = takenThrough;
    this.#told = { takenThrough, settledThrough };
    const { window, headerBytes, payloadBytes } = INGEST_LIMITS;
    const { daemonVersion } = this.#options;
    const state = { ...this.#told, window, headerBytes, payloadBytes };
    this.#send({ op: "welcome", protocolVersion: INGEST_VERSION, daemonVersion, ...state });
    // What ended without a result while nobody was connected.
    this.#mark(true);
  }

  /** Something is to be told: with all else of this moment where a sender may wait for it, else soon. */
  #mark(isUrgent: boolean): void {
    if (this.#isClosed) return;
    if (isUrgent) this.#immediate ??= setImmediate(() => this.#tell());
    else this.#timer ??= setTimeout(() => this.#tell(), PROGRESS_MS);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#immediate = undefined;
    // A sender that does not read is told the sum of it when it does.
    if (this.#isClosed || this.#isSending) return;
    if (this.#sendProgress()) return;
    this.#isSending = true;
    void this.#carrier.drained().then(() => {
      this.#isSending = false;
      this.#tell();
    });
  }

  /** Tells what was not told. `false`: the carrier is full. */
  #sendProgress(): boolean {
    const session = this.#session;
    if (session === undefined) return true;
    const { settledThrough } = session;
    const refused = session.takeRefusals(INGEST_LIMITS.refusalsPerProgress);
    const takenThrough = Math.max(this.#doneThrough, settledThrough);
    const isKnown = takenThrough === this.#told.takenThrough && settledThrough === this.#told.settledThrough;
    if (isKnown && refused.length === 0) return true;
    this.#told = { takenThrough, settledThrough };
    const isRoom = this.#send({ op: "progress", ...this.#told, refused });
    if (refused.length === INGEST_LIMITS.refusalsPerProgress) this.#mark(true);
    return isRoom;
  }

  #send(message: ReceiverMessage): boolean {
    return this.#carrier.send(encodeIngest(message, crc32));
  }
}

function noHello(received: string): IngestError {
  return new IngestError("no-hello", {
    received,
    expected: `hello within ${INGEST_LIMITS.helloMs} ms of the connection`,
    remedy: "Say hello first.",
  });
}

function pastWindow(number: number, limit: number): IngestError {
  return new IngestError("window", {
    received: `item ${number}`,
    expected: `at most item ${limit}: ${INGEST_LIMITS.window} beyond the last that was told to be taken`,
    remedy: "Wait for progress before sending more.",
  });
}

function replaced({ stream, session }: IngestHello): IngestError {
  return new IngestError("replaced", {
    received: `another connection of the session ${session} of ${stream}`,
    expected: "one connection a session",
    remedy: "Give each sender a session of its own.",
  });
}
