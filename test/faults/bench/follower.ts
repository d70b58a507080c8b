/**
 * A script at the other end: connects to each daemon in turn, resumes where it was, and keeps every event it was told.
 *
 * @module
 */
import { WebSocket } from "ws";
import { decodeServerMessage, encodeClientMessage } from "../../../src/stream/protocol/codec.js";
import type { EventMessage, GapMessage, HealthMessage, ServerMessage } from "../../../src/stream/protocol/messages.js";
import { SUBPROTOCOLS } from "../../../src/stream/protocol/messages.js";
import { streamUrl } from "../../support/wire-client.js";

export interface Received {
  /** Names the numbering of events. */
  readonly sessionId: string;
  readonly event: EventMessage;
}

/** Whether a frame's end is for good: what waited when the daemon was stopped, or was away when it was to be read, comes again. */
export function isFinal(event: EventMessage): boolean {
  if (event.op === "rejected") return event.reason !== "vanished";
  return event.op === "frame" || event.cause !== "intake/shutdown";
}

export class Follower {
  readonly #onEvent: ((event: EventMessage) => void) | null;
  /** Every event, in the order it was told, over all connections; none where the owner takes them one by one. */
  readonly received: Received[] = [];
  /** Events that did not follow the one before. */
  seqBreaks = 0;
  readonly gaps: GapMessage[] = [];
  /** Labels of the frames that have ended for good. */
  readonly ended = new Set<string>();
  health: HealthMessage | null = null;
  #socket: WebSocket | null = null;
  #sessionId = "";
  #lastSeq = 0;
  #isGreeted = false;

  constructor(onEvent: ((event: EventMessage) => void) | null = null) {
    this.#onEvent = onEvent;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether a daemon has greeted it on the present connection. */
  get isConnected(): boolean {
    return this.#isGreeted && this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Goes on at the daemon at `url`. */
  connect(url: string): void {
    this.disconnect();
    const socket = new WebSocket(streamUrl(url), SUBPROTOCOLS.msgpack);
    this.#socket = socket;
    socket.binaryType = "nodebuffer";
    // A daemon that was killed meanwhile is no error here.
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => {
      if (this.#socket === socket) this.#take(decodeServerMessage("msgpack", new Uint8Array(data)));
    });
  }

  disconnect(): void {
    this.#socket?.terminate();
    this.#socket = null;
    this.#isGreeted = false;
    this.health = null;
  }

  #take(message: ServerMessage): void {
    if (message.op === "hello") this.#greet(message.sessionId);
    else if (message.op === "frame" || message.op === "rejected" || message.op === "dropped") {
      if (message.seq !== this.#lastSeq + 1) this.seqBreaks += 1;
      this.#lastSeq = message.seq;
      if (this.#onEvent === null) this.received.push({ sessionId: this.#sessionId, event: message });
      else this.#onEvent(message);
      if (isFinal(message)) this.ended.add(message.label);
    } else if (message.op === "gap") {
      this.#lastSeq = message.toSeq;
      this.gaps.push(message);
    } else if (message.op === "health") this.health = message;
  }

  #greet(sessionId: string): void {
    if (sessionId !== this.#sessionId) {
      this.#lastSeq = 0;
      // A new numbering is a new record: every frame ends there anew.
      this.ended.clear();
    }
    this.#sessionId = sessionId;
    this.#isGreeted = true;
    const subscription = { channels: ["events", "health"] as ("events" | "health")[], resumeAfterSeq: this.#lastSeq };
    this.#socket?.send(encodeClientMessage("msgpack", { op: "subscribe", requestId: "follow", ...subscription }));
  }
}
