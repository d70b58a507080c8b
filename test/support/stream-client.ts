/**
 * A script that listens to the daemon, over a real socket.
 *
 * @module
 */
import { WebSocket } from "ws";
import { decodeServerMessage, encodeClientMessage } from "../../src/stream/protocol/codec.js";
import type {
  ClientMessage,
  Encoding,
  EventMessage,
  HealthMessage,
  ServerMessage,
} from "../../src/stream/protocol/messages.js";
import { SUBPROTOCOLS } from "../../src/stream/protocol/messages.js";

export interface StreamClient {
  /** Every message so far, in order. */
  readonly messages: readonly ServerMessage[];
  send(message: ClientMessage): void;
  /** Events so far: how each frame ended. */
  events(): readonly EventMessage[];
  /** `seq` of the last event so far, 0 before the first. */
  lastSeq(): number;
  /** The first message, come or coming, for which `isIt` holds. */
  until<Message extends ServerMessage>(isIt: (message: ServerMessage) => message is Message): Promise<Message>;
  /** Resolves when `count` frames have ended. */
  untilEvents(count: number): Promise<readonly EventMessage[]>;
  /** The first health message from now on for which `isIt` holds. */
  untilHealth(isIt: (health: HealthMessage) => boolean): Promise<HealthMessage>;
  close(): void;
}

function isEvent(message: ServerMessage): message is EventMessage {
  return message.op === "frame" || message.op === "rejected" || message.op === "dropped";
}

/** Connects and subscribes to everything from the first event on. */
export async function connectClient(url: string, encoding: Encoding): Promise<StreamClient> {
  const socket = new WebSocket(`${url.replace("http", "ws")}stream`, SUBPROTOCOLS[encoding]);
  socket.binaryType = "nodebuffer";
  const messages: ServerMessage[] = [];
  const waiters = new Set<() => void>();
  let lastSeq = 0;
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    const message = decodeServerMessage(encoding, isBinary ? new Uint8Array(data) : data.toString());
    messages.push(message);
    if (isEvent(message)) lastSeq = message.seq;
    for (const check of [...waiters]) check();
  });
  /** Resolves with what `look` finds, now or after a later message. */
  const when = <Found>(look: () => Found | undefined) =>
    new Promise<Found>((resolve) => {
      const check = () => {
        const found = look();
        if (found === undefined) return;
        waiters.delete(check);
        resolve(found);
      };
      waiters.add(check);
      check();
    });
  const send = (message: ClientMessage) => socket.send(encodeClientMessage(encoding, message));
  const events = () => messages.filter(isEvent);
  await when(() => messages.find((message) => message.op === "hello"));
  send({
    op: "subscribe",
    requestId: "all",
    channels: ["events", "particles", "preview", "health"],
    resumeAfterSeq: 0,
  });
  return {
    messages,
    send,
    events,
    lastSeq: () => lastSeq,
    until: (isIt) => when(() => messages.find(isIt)),
    untilEvents: (count) => when(() => (events().length >= count ? events() : undefined)),
    untilHealth(isIt) {
      const from = messages.length;
      return when(() =>
        messages.slice(from).find((message): message is HealthMessage => message.op === "health" && isIt(message)),
      );
    },
    close: () => socket.terminate(),
  };
}
