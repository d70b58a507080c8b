/**
 * Opens WebSockets: those at `/stream` are the hub's, those at `/ingest` senders of frames.
 *
 * @module
 */
import type { IncomingMessage, Server } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { RawData, ServerOptions, WebSocket } from "ws";
import { WebSocketServer } from "ws";
import type { Carrier } from "../../stream/ingest/carrier.js";
import { INGEST_SUBPROTOCOL } from "../../stream/protocol/ingest-messages.js";
import { PROTOCOL_LIMITS } from "../../stream/protocol/limits.js";
import type { Encoding } from "../../stream/protocol/messages.js";
import { SUBPROTOCOLS } from "../../stream/protocol/messages.js";
import type { Hub } from "../../stream/serve/hub.js";
import type { ClientSocket } from "../../stream/serve/socket.js";
import type { BoundAddress } from "./gate.js";
import { passGate } from "./gate.js";
import { INGEST_PATH, INGEST_PIECE_BYTES, webSocketCarrier } from "./ingest-websocket.js";

export interface WebSocketOptions {
  readonly hub: Hub;
  /** Takes the connections of senders; `null`: no frames are taken here. */
  readonly ingest: ((carrier: Carrier) => void) | null;
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

const INGEST_SOCKET_OPTIONS: ServerOptions & { readonly closeTimeout: number } = {
  noServer: true,
  perMessageDeflate: false,
  maxPayload: INGEST_PIECE_BYTES,
  closeTimeout: 1000,
  handleProtocols: (offered) => (offered.has(INGEST_SUBPROTOCOL) ? INGEST_SUBPROTOCOL : false),
};

/** What is at a path: the subprotocols it knows, and who takes its connections. */
interface Place {
  readonly subprotocols: readonly string[];
  readonly sockets: WebSocketServer;
  readonly open: (socket: WebSocket, peer: string) => void;
}

/** Takes the upgrades of `server`. `close` ends all connections, in bounded time. */
export function serveWebSockets(server: Server, options: WebSocketOptions): { close(): Promise<void> } {
  const stream = streamPlace(options);
  const places = new Map([[STREAM_PATH, stream.place]]);
  if (options.ingest !== null) places.set(INGEST_PATH, ingestPlace(options.ingest));
  server.on("upgrade", (request, socket, head) => {
    // Without a listener, a connection that breaks during the handshake would end the process.
    socket.on("error", () => socket.destroy());
    const place = placeFor(request, options.bound(), places);
    if ("status" in place) return refuseUpgrade(socket, place);
    const peer = `${request.socket.remoteAddress}:${request.socket.remotePort}`;
    place.sockets.handleUpgrade(request, socket, head, (opened) => place.open(opened, peer));
  });
  return {
    async close() {
      stream.stop();
      const open = [...places.values()].flatMap(({ sockets }) => [...sockets.clients]);
      await Promise.all(open.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    },
  };
}

function streamPlace({ hub, pingIntervalMs }: WebSocketOptions): { readonly place: Place; readonly stop: () => void } {
  const sockets = new WebSocketServer(WEB_SOCKET_OPTIONS);
  const pulse = startPulse(sockets.clients, pingIntervalMs);
  const open: Place["open"] = (socket) => {
    const encoding = ENCODING_OF.get(socket.protocol);
    if (encoding !== undefined) hub.attach(clientSocket(socket, pulse.felt), encoding);
  };
  const stop = () => {
    pulse.stop();
    hub.close();
  };
  return { place: { subprotocols: [...ENCODING_OF.keys()], sockets, open }, stop };
}

/** Senders are ended by their source; whether one is still there the system finds out. */
function ingestPlace(ingest: (carrier: Carrier) => void): Place {
  const sockets = new WebSocketServer(INGEST_SOCKET_OPTIONS);
  return {
    subprotocols: [INGEST_SUBPROTOCOL],
    sockets,
    open: (socket, peer) => ingest(webSocketCarrier(socket, peer)),
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

/** What answers a request, or why nothing does. */
function placeFor(request: IncomingMessage, bound: BoundAddress, places: ReadonlyMap<string, Place>): Place | Refusal {
  const gate = passGate(request.headers, bound);
  if (!gate.passed) return { status: 403, detail: gate.reason };
  const path = request.url?.split("?", 1)[0] ?? "";
  const place = places.get(path);
  if (place === undefined) {
    const hint = path === INGEST_PATH ? " This daemon takes no frames here: ostwald receive ws:///ingest does." : "";
    return { status: 404, detail: `The stream is at ${STREAM_PATH}.${hint}` };
  }
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  if (offered.some((name) => place.subprotocols.includes(name))) return place;
  const known = place.subprotocols.join(" or ");
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
