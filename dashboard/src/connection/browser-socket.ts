/**
 * A WebSocket of the browser that speaks the protocol in msgpack.
 *
 * @module
 */
import { decodeServerMessage, encodeClientMessage } from "../../../src/stream/protocol/codec.js";
import type { ServerMessage } from "../../../src/stream/protocol/messages.js";
import { SUBPROTOCOLS } from "../../../src/stream/protocol/messages.js";
import { ProtocolError } from "../../../src/stream/protocol/protocol-error.js";
import type { ConnectionOptions, SocketEvents } from "./connection.js";

/** The stream's address: beside the page, whatever path a proxy gives it. */
export function streamUrl(page: string): string {
  const url = new URL("stream", page);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  return url.href;
}

/** The message; `unknown` is one of a newer daemon, to be passed over. */
function decoded(data: ArrayBuffer): ServerMessage | "unknown" | Error {
  try {
    return decodeServerMessage("msgpack", new Uint8Array(data));
  } catch (error) {
    if (error instanceof ProtocolError && error.reason === "unknown-op") return "unknown";
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Opens sockets to `url`. A message that cannot be read ends the socket: the next `hello` brings the whole state. */
export function browserSockets(url: string): ConnectionOptions["open"] {
  return ({ onMessage, onClose }: SocketEvents) => {
    const socket = new WebSocket(url, SUBPROTOCOLS.msgpack);
    socket.binaryType = "arraybuffer";
    let reason = "The daemon cannot be reached.";
    socket.addEventListener("open", () => {
      reason = "The connection to the daemon was lost.";
    });
    socket.addEventListener("message", ({ data }) => {
      const message = decoded(data);
      if (message === "unknown") return;
      if (message instanceof Error) {
        reason = `The daemon sent what this page cannot read: ${message.message}`;
        socket.close();
      } else onMessage(message);
    });
    socket.addEventListener("close", () => onClose(reason));
    return {
      send(message) {
        if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array(encodeClientMessage("msgpack", message)));
      },
      close: () => socket.close(),
    };
  };
}
