/**
 * The other side of the protocol: sends items, keeps each until it is settled, and comes back when the connection breaks.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { NetConnectOpts } from "node:net";
import { crc32 } from "node:zlib";
import { errorText, OstwaldError } from "../base/errors.js";
import { decodeReceiverMessage, encodeIngest } from "../protocol/ingest-codec.js";
import type {
  IngestErrorReason,
  IngestItemInput,
  IngestRefusal,
  IngestWelcome,
  ReceiverMessage,
} from "../protocol/ingest-messages.js";
import { INGEST_LIMITS, IngestError } from "../protocol/ingest-messages.js";
import { type Carrier, messagesOf } from "./carrier.js";
import { IngestReader } from "./message-reader.js";
import { connectCarrier } from "./socket-carrier.js";

export interface SenderOptions {
  /** Connects to the daemon; rejects where it is not there. */
  readonly connect: () => Promise<Carrier>;
  readonly stream: string;
  /** A session that was begun before is gone on with; a new one by default. */
  readonly session?: string;
  readonly token?: string;
  /** Items that are kept because they are not settled; `send` waits above it. */
  readonly keptItems?: number;
  /** Their payloads, bytes. */
  readonly keptBytes?: number;
  /** Told of each item when it is settled, in order. */
  readonly onSettled?: (number: number) => void;
  readonly onRefused?: (refusal: IngestRefusal) => void;
}

type Unnumbered<Item> = Item extends { readonly number: number } ? Omit<Item, "number"> : never;
/** An item without its number, which the sender gives. */
export type ItemToSend = Unnumbered<IngestItemInput>;

interface Kept {
  readonly item: IngestItemInput;
  readonly payload: Uint8Array;
}

/** Room for what a daemon spools, and no more than a small machine has. */
const DEFAULT_KEPT = { items: 4_096, bytes: 1_073_741_824 } as const;
const RECONNECT_MS = { first: 50, limit: 2_000 } as const;
/** Errors after which another attempt may go well. */
export const PASSING_REASONS: readonly IngestErrorReason[] = ["checksum", "busy", "stopping"];
const NOTHING = new Uint8Array();

/** Nobody answers where a sender begins. Later it waits, and comes back. */
export class IngestUnreachableError extends OstwaldError {
  readonly tag = "IngestUnreachable";
}

export class IngestSender {
  readonly session: string;
  readonly #options: SenderOptions;
  readonly #kept = new Map<number, Kept>();
  #keptBytes = 0;
  #lastNumber = 0;
  #nextToSend = 1;
  #takenThrough = 0;
  #settledThrough = 0;
  #refused = 0;
  #connections = 0;
  #carrier: Carrier | undefined;
  #isWelcome = false;
  #isWaiting = false;
  #error: Error | undefined;
  #isClosed = false;
  readonly #waiters: (() => void)[] = [];
  #pauseMs: number = RECONNECT_MS.first;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: SenderOptions) {
    this.#options = options;
    this.session = options.session ?? randomUUID();
  }

  /** Connects and says hello. Rejects with IngestUnreachableError, and with the IngestError of a daemon that refuses. */
  static async open(options: SenderOptions): Promise<IngestSender> {
    const sender = new IngestSender(options);
    sender.#serve(await options.connect().catch(unreachable));
    await sender.#until(() => sender.#isWelcome);
    return sender;
  }

  /** Items handed over, settled, and settled without a result; connections made. */
  get counts() {
    const [sent, settled, refused, connections] = [
      this.#lastNumber,
      this.#settledThrough,
      this.#refused,
      this.#connections,
    ];
    return { sent, settled, refused, connections };
  }

  /** Sends an item when there is room for it, and keeps it until it is settled; gives its number. `payload` is not copied. Rejects when it is given up. */
  async send(item: ItemToSend, payload: Uint8Array = NOTHING): Promise<number> {
    const { keptItems = DEFAULT_KEPT.items, keptBytes = DEFAULT_KEPT.bytes } = this.#options;
    await this.#until(
      () => this.#kept.size < keptItems && (this.#kept.size === 0 || this.#keptBytes + payload.length <= keptBytes),
    );
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    if (number <= this.#settledThrough) return number;
    this.#kept.set(number, { item: { ...item, number }, payload });
    this.#keptBytes += payload.length;
    this.#pump();
    return number;
  }

  /** Resolves when all that was sent is settled. */
  settled(): Promise<void> {
    return this.#until(() => this.#kept.size === 0);
  }

  /** Ends the connection; what is not settled is forgotten. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#carrier?.close();
    this.#wake();
  }

  #serve(carrier: Carrier): void {
    this.#carrier = carrier;
    this.#connections += 1;
    const { stream, token } = this.#options;
    const firstNumber = this.#settledThrough + 1;
    const hello = {
      op: "hello",
      stream,
      session: this.session,
      firstNumber,
      ...(token === undefined ? {} : { token }),
    } as const;
    void this.#read(carrier);
    carrier.send(encodeIngest(hello, crc32));
  }

  async #read(carrier: Carrier): Promise<void> {
    const reader = new IngestReader(decodeReceiverMessage);
    try {
      for await (const { header } of messagesOf(carrier, reader)) this.#take(header);
    } catch (error) {
      if (!(error instanceof IngestError)) throw error;
      if (!PASSING_REASONS.includes(error.reason)) this.#fail(error);
    }
    carrier.close();
    if (this.#carrier === carrier) this.#comeBack();
  }

  #take(message: ReceiverMessage): void {
    switch (message.op) {
      case "welcome":
        this.#begin(message);
        return;
      case "progress":
        this.#takenThrough = message.takenThrough;
        for (const refusal of message.refused) this.#noteRefusal(refusal);
        this.#settle(message.settledThrough);
        this.#pump();
        return;
      case "error":
        throw new IngestError(message.reason, message);
    }
  }

  #begin({ settledThrough, takenThrough }: IngestWelcome): void {
    this.#isWelcome = true;
    this.#pauseMs = RECONNECT_MS.first;
    this.#takenThrough = takenThrough;
    this.#settle(settledThrough);
    this.#nextToSend = takenThrough + 1;
    this.#wake();
    this.#pump();
  }

  #settle(through: number): void {
    for (let number = this.#settledThrough + 1; number <= through; number++) {
      const kept = this.#kept.get(number);
      if (kept !== undefined) {
        this.#kept.delete(number);
        this.#keptBytes -= kept.payload.length;
        this.#options.onSettled?.(number);
      }
    }
    this.#settledThrough = Math.max(this.#settledThrough, through);
    this.#wake();
  }

  #noteRefusal(refusal: IngestRefusal): void {
    this.#refused += 1;
    this.#options.onRefused?.(refusal);
  }

  /** Sends what the window and the carrier have room for. */
  #pump(): void {
    const carrier = this.#carrier;
    while (carrier !== undefined && this.#isWelcome && !this.#isWaiting) {
      if (this.#nextToSend > this.#takenThrough + INGEST_LIMITS.window) return;
      const kept = this.#kept.get(this.#nextToSend);
      if (kept === undefined) return;
      this.#nextToSend += 1;
      if (!carrier.send(encodeIngest(kept.item, crc32, kept.payload), kept.payload)) this.#waitFor(carrier);
    }
  }

  #waitFor(carrier: Carrier): void {
    this.#isWaiting = true;
    void carrier.drained().then(() => {
      if (this.#carrier !== carrier) return;
      this.#isWaiting = false;
      this.#pump();
    });
  }

  #comeBack(): void {
    this.#carrier = undefined;
    this.#isWelcome = false;
    this.#isWaiting = false;
    if (this.#isClosed || this.#error !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#options.connect().then(
        (carrier) => (this.#isClosed ? carrier.close() : this.#serve(carrier)),
        () => this.#comeBack(),
      );
    }, this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, RECONNECT_MS.limit);
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#wake();
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      if (this.#error !== undefined) throw this.#error;
      if (this.#isClosed) throw new IngestError("stopping", closedReport());
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

function unreachable(cause: unknown): never {
  throw new IngestUnreachableError({
    received: `nobody who takes frames there (${errorText(cause)})`,
    expected: "a daemon that listens",
    remedy: "Start `ostwald receive` first, and name the address that it prints.",
    cause,
  });
}

function closedReport() {
  return { received: "a sender that was closed", expected: "one that is open", remedy: "Open another." };
}

/** Connects to a TCP port or a unix socket. Rejects with the system's error. */
export function dialSocket(where: NetConnectOpts, peer: string): Promise<Carrier> {
  return new Promise((resolve, reject) => {
    const { socket, carrier } = connectCarrier(where, peer);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(carrier);
    });
  });
}
