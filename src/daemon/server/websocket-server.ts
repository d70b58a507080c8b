/**
 * Opens WebSockets at `/stream` and hands them to the hub.
 *
 * @module
 */
import type { IncomingMessage, Server } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { RawData, ServerOptions, WebSocket } from "ws";
import { WebSocketServer } from "ws";
import { PROTOCOL_LIMITS } from "../../stream/protocol/limits.js";
import type { Encoding } from "../../stream/protocol/messages.js";
import { SUBPROTOCOLS } from "../../stream/protocol/messages.js";
import type { Hub } from "../../stream/serve/hub.js";
import type { ClientSocket } from "../../stream/serve/socket.js";
import type { BoundAddress } from "./gate.js";
import { passGate } from "./gate.js";

export interface WebSocketOptions {
  readonly hub: Hub;
  /** The address the server is bound to, known once it listens. */
  readonly bound: () => BoundAddress;
  /** How often a sign of life is asked for, ms. */
  readonly pingIntervalMs: number;
}

/** Where the stream is. */
export const STREAM_PATH = "/stream";

const ENCODING_OF: ReadonlyMap<string, Encoding> = new Map([
  [SUBPROTOCOLS.json, "json"],
  [SUBPROTOCOLS.msgpack, "msgpack"],
]);

/** `maxFragments` and `closeTimeout` are newer than the types. */
const WEB_SOCKET_OPTIONS: ServerOptions & { readonly maxFragments: number; readonly closeTimeout: number } = {
  noServer: true,
  perMessageDeflate: false,
  maxPayload: PROTOCOL_LIMITS.clientMessageBytes,
  maxFragments: PROTOCOL_LIMITS.clientMessageFragments,
  // A client that does not answer the close is cut off after it, ms.
  closeTimeout: 1000,
  handleProtocols: (offered) => [...offered].find((name) => ENCODING_OF.has(name)) ?? false,
};

/** Takes the upgrades of `server`. `close` ends all connections, in bounded time. */
export function serveWebSockets(server: Server, options: WebSocketOptions): { close(): Promise<void> } {
  const sockets = new WebSocketServer(WEB_SOCKET_OPTIONS);
  const pulse = startPulse(sockets.clients, options.pingIntervalMs);
  server.on("upgrade", (request, stream, head) => {
    // Without a listener, a connection that breaks during the handshake would end the process.
    stream.on("error", () => stream.destroy());
    const refusal = refusalOf(request, options.bound());
    if (refusal !== undefined) return refuseUpgrade(stream, refusal);
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const encoding = ENCODING_OF.get(socket.protocol);
      if (encoding !== undefined) options.hub.attach(clientSocket(socket, pulse.felt), encoding);
    });
  });
  return {
    async close() {
      pulse.stop();
      options.hub.close();
      await Promise.all([...sockets.clients].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    },
  };
}

interface Pulse {
  /** A sign of life of one client. */
  readonly felt: (socket: WebSocket) => void;
  readonly stop: () => void;
}

/** Pings every client, and cuts off those that gave no sign of life since the ping before. */
function startPulse(clients: ReadonlySet<WebSocket>, intervalMs: number): Pulse {
  const silent = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const socket of clients) {
      if (silent.has(socket)) socket.terminate();
      else if (socket.readyState === socket.OPEN) {
        silent.add(socket);
        socket.ping();
      }
    }
  }, intervalMs);
  return { felt: (socket) => silent.delete(socket), stop: () => clearInterval(timer) };
}

interface Refusal {
  readonly status: 400 | 403 | 404;
  readonly detail: string;
}

function refusalOf(request: IncomingMessage, bound: BoundAddress): Refusal | undefined {
  const gate = passGate(request.headers, bound);
  if (!gate.passed) return { status: 403, detail: gate.reason };
  if (request.url?.split("?", 1)[0] !== STREAM_PATH) return { status: 404, detail: `The stream is at ${STREAM_PATH}.` };
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (offered.some((name) => ENCODING_OF.has(name))) return undefined;
  const known = [...ENCODING_OF.keys()].join(" or ");
  return {
    status: 400,
    detail: `Offer the subprotocol ${known}; received ${JSON.stringify(offered.join(", ").slice(0, 200))}.`,
  };
}

function refuseUpgrade(stream: Duplex, { status, detail }: Refusal): void {
  const body = Buffer.from(`${detail}\n`);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${body.length}`,
  ];
  stream.once("finish", () => stream.destroy());
  stream.end(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]));
}

/** The hub's view of a WebSocket. */
function clientSocket(socket: WebSocket, alive: (socket: WebSocket) => void): ClientSocket {
  // A broken connection, or a message past a limit: ws closes with the code of limits.ts and goes on to "close".
  socket.on("error", () => undefined);
  socket.on("pong", () => alive(socket));
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send: (data, done) =>
      socket.send(data, (error) => {
        // A slow client that still takes bytes is alive, however late its pong comes.
        if (error === undefined || error === null) alive(socket);
        done();
      }),
    close: (code, reason) => socket.close(code, reason),
    onMessage: (take) => {
      socket.on("message", (data, isBinary) => take(isBinary ? bytesOf(data) : bytesOf(data).toString()));
    },
    onClose: (ended) => {
      socket.once("close", ended);
    },
  };
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
