/**
 * A client over a real WebSocket for tests: reads one message at a time, and fails the test for what it did not read.
 *
 * @module
 */
import { WebSocket } from "ws";
import type { WireData } from "../../src/stream/protocol/codec.js";
import { decodeServerMessage, encodeClientMessage } from "../../src/stream/protocol/codec.js";
import type { ClientMessage, Encoding, ServerMessage } from "../../src/stream/protocol/messages.js";
import { SUBPROTOCOLS } from "../../src/stream/protocol/messages.js";

type Subscription = Omit<Extract<ClientMessage, { op: "subscribe" }>, "op" | "requestId">;

export interface ClientOptions {
  readonly encoding?: Encoding;
  readonly headers?: Readonly<Record<string, string>>;
}

export class TestClient {
  readonly #socket: WebSocket;
  readonly #encoding: Encoding;
  readonly #unread: ServerMessage[] = [];
  readonly #readers: { readonly resolve: (message: ServerMessage) => void; readonly reject: (error: Error) => void }[] =
    [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  private constructor(socket: WebSocket, encoding: Encoding) {
    this.#socket = socket;
    this.#encoding = encoding;
    socket.on("message", (data, isBinary) => this.#arrive(isBinary ? (data as Buffer) : String(data)));
    socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => {
        for (const reader of this.#readers.splice(0)) reader.reject(new Error(`closed with ${code} ${reason}`));
        resolve({ code, reason: String(reason) });
      });
    });
  }

  /** Connects to the stream of the server at `url`; rejects when it is refused. */
  static connect(url: string, options: ClientOptions = {}): Promise<TestClient> {
    const encoding = options.encoding ?? "msgpack";
    const socket = new WebSocket(streamUrl(url), SUBPROTOCOLS[encoding], { headers: { ...options.headers } });
    const client = new TestClient(socket, encoding);
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(client));
      socket.once("unexpected-response", (_request, response) => {
        response
          .setEncoding("utf8")
          .once("data", (body: string) => reject(new Error(`${response.statusCode} ${body.trim()}`)));
      });
      socket.once("error", reject);
    });
  }

  /** Messages that have arrived and were not read. */
  get unreadCount(): number {
    return this.#unread.length;
  }

  /** The next message, when it comes. Rejects when the connection ends before. */
  next(): Promise<ServerMessage> {
    const message = this.#unread.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** Messages up to and with the first of which `isLast` is true. */
  async until(isLast: (message: ServerMessage) => boolean): Promise<readonly ServerMessage[]> {
    const messages: ServerMessage[] = [];
    for (;;) {
      const message = await this.next();
      messages.push(message);
      if (isLast(message)) return messages;
    }
  }

  request(message: ClientMessage): void {
    this.sendRaw(encodeClientMessage(this.#encoding, message));
  }

  sendRaw(data: WireData): void {
    this.#socket.send(data);
  }

  /** Subscribes; has read `hello` (if it was not read yet) and the answer when it resolves. */
  async subscribe(subscription: Subscription): Promise<void> {
    this.request({ op: "subscribe", requestId: "subscribe", ...subscription });
    const messages = await this.until(({ op }) => op === "done" || op === "error");
    const answer = messages.at(-1);
    if (answer?.op === "error") throw new Error(answer.received);
  }

  /** The client reads nothing from the network any more, as a program that hangs. */
  stall(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection; fails if there are messages that the test has not read. */
  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
    if (this.#unread.length > 0) {
      throw new Error(`unread at the end: ${this.#unread.map(({ op }) => op).join(", ")}`);
    }
  }

  /** Ends the connection whatever was not read. */
  abandon(): void {
    this.#socket.terminate();
  }

  #arrive(data: WireData): void {
    const message = decodeServerMessage(this.#encoding, data);
    const reader = this.#readers.shift();
    if (reader === undefined) this.#unread.push(message);
    else reader.resolve(message);
  }
}

/** Address of the stream of the server at `url`. */
export function streamUrl(url: string): string {
  return `${url.replace(/^http/, "ws")}stream`;
}
