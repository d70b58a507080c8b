/**
 * A socket in memory for tests of the hub: what it was given waits until the test takes it, as at a client that reads when it likes.
 *
 * @module
 */
import type { WireData } from "../../src/stream/protocol/codec.js";
import { decodeServerMessage, encodeClientMessage } from "../../src/stream/protocol/codec.js";
import type { ClientMessage, Encoding, ServerMessage } from "../../src/stream/protocol/messages.js";
import type { ClientSocket } from "../../src/stream/serve/socket.js";

export class MemorySocket implements ClientSocket {
  readonly #encoding: Encoding;
  readonly #waiting: { readonly data: WireData; readonly done: () => void }[] = [];
  #take: (data: WireData) => void = () => undefined;
  readonly #ended: (() => void)[] = [];
  /** The most bytes that ever waited here. */
  mostBuffered = 0;
  /** What was handed over, in the very form it was handed over. */
  readonly handedOver: WireData[] = [];
  closedWith: { readonly code: number; readonly reason: string } | undefined;

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  get bufferedAmount(): number {
    return this.#waiting.reduce((sum, { data }) => sum + data.length, 0);
  }

  send(data: WireData, done: () => void): void {
    this.handedOver.push(data);
    this.#waiting.push({ data, done });
    this.mostBuffered = Math.max(this.mostBuffered, this.bufferedAmount);
  }

  close(code: number, reason: string): void {
    this.closedWith = { code, reason };
    this.end();
  }

  onMessage(take: (data: WireData) => void): void {
    this.#take = take;
  }

  onClose(ended: () => void): void {
    this.#ended.push(ended);
  }

  /** The connection is gone. */
  end(): void {
    for (const ended of this.#ended.splice(0)) ended();
  }

  /** The client sends bytes. */
  receive(data: WireData): void {
    this.#take(data);
  }

  /** The client sends a message, and the hub has worked on it when the promise resolves. */
  async request(message: ClientMessage): Promise<void> {
    this.receive(encodeClientMessage(this.#encoding, message));
    await settled();
  }

  /** The client reads one message, which may bring the next. */
  read(): ServerMessage | undefined {
    const next = this.#waiting.shift();
    if (next === undefined) return undefined;
    const message = decodeServerMessage(this.#encoding, next.data);
    next.done();
    return message;
  }

  /** The client reads until nothing comes. */
  readAll(): readonly ServerMessage[] {
    const messages: ServerMessage[] = [];
    for (let message = this.read(); message !== undefined; message = this.read()) messages.push(message);
    return messages;
  }
}

/** All that is ready to run has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
