/**
 * Asks a daemon that runs on this machine, over its stream.
 *
 * @module
 */
import { WebSocket } from "ws";
import { errorText, OstwaldError } from "../../stream/base/errors.js";
import { decodeServerMessage, encodeClientMessage } from "../../stream/protocol/codec.js";
import type { ControlAction, ServerMessage } from "../../stream/protocol/messages.js";
import { SUBPROTOCOLS } from "../../stream/protocol/messages.js";
import { STREAM_PATH } from "./websocket-server.js";

/** No daemon answers there. */
export class DaemonUnreachableError extends OstwaldError {
  readonly tag = "DaemonUnreachable";
  readonly url: string;

  constructor(url: string, cause: unknown) {
    super({
      received: `${errorText(cause)} at ${url}`,
      expected: "the address that a running daemon has printed",
      remedy: "Start one with `ostwald watch DIR`, or name the address of the one that runs.",
      cause,
    });
    this.url = url;
  }
}

/** The daemon has refused what was asked; the text is its own. */
export class DaemonRefusedError extends OstwaldError {
  readonly tag = "DaemonRefused";
  /** The tag of the daemon's error. */
  readonly causeTag: string;

  constructor({ tag, received, expected, remedy }: Extract<ServerMessage, { op: "error" }>) {
    super({ received, expected, remedy });
    this.causeTag = tag;
  }
}

const ENCODING = "json";

/**
 * Asks the daemon at `url` (`http://127.0.0.1:1896/`) for `action`. Resolves when it is done; for `stop` and `abort`, when the daemon has closed the
 * connection. Rejects with {@link DaemonUnreachableError} and {@link DaemonRefusedError}.
 */
export function askDaemon(url: string, action: ControlAction): Promise<void> {
  const isEnd = action === "stop" || action === "abort";
  const address = new URL(STREAM_PATH, url.replace(/^http/, "ws"));
  const socket = new WebSocket(address, SUBPROTOCOLS[ENCODING]);
  return new Promise((resolve, reject) => {
    let isDone = false;
    socket.on("error", (error) => reject(new DaemonUnreachableError(url, error)));
    socket.on("close", () => {
      if (isDone) resolve();
      else reject(new DaemonUnreachableError(url, new Error("the connection was closed")));
    });
    socket.on("message", (data, isBinary) => {
      if (isBinary) return;
      const message = decodeServerMessage(ENCODING, String(data));
      if (message.op === "hello") socket.send(encodeClientMessage(ENCODING, { op: "control", requestId: "1", action }));
      if (message.op === "error") reject(new DaemonRefusedError(message));
      isDone ||= message.op === "done";
      if (message.op === "error" || (isDone && !isEnd)) socket.close();
    });
  });
}
