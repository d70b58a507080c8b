/**
 * A WebSocket as a carrier of the ingest protocol, and the way to one. The messages' pieces are bytes of one stream: where they are cut
 * means nothing.
 *
 * @module
 */
import type { RawData } from "ws";
import { WebSocket } from "ws";
import { type Landing, pour } from "../../stream/flow/landing.js";
import type { Carrier } from "../../stream/ingest/carrier.js";
import { INGEST_SUBPROTOCOL } from "../../stream/protocol/ingest-messages.js";

/** Where frames are taken. */
export const INGEST_PATH = "/ingest";
/** Largest WebSocket message, bytes: the library gathers it in memory before anything of it is read. */
export const INGEST_PIECE_BYTES = 16_777_216;
/** Bytes that may wait to be sent before the other side counts as slow. */
const HIGH_WATER_BYTES = 1_048_576;
/** Time between two looks whether they are fewer, ms. */
const DRAIN_LOOK_MS = 5;

/** `socket` must be open, and have had no listener for its messages. */
export function webSocketCarrier(socket: WebSocket, peer: string): Carrier {
  let broken: Error | undefined;
  let landing: Landing | undefined;
  socket.on("error", (error) => {
    broken = error;
  });
  socket.on("message", (data) => {
    if (landing !== undefined) for (const piece of piecesOf(data)) pour(piece, landing);
  });
  const isOpen = () => socket.readyState === WebSocket.OPEN;
  return {
    peer,
    land: (where) => {
      landing = where;
    },
    onEnd: (ended) => {
      if (socket.readyState === WebSocket.CLOSED) ended(broken);
      else socket.once("close", () => ended(broken));
    },
    pause: () => {
      if (isOpen()) socket.pause();
    },
    // A close has to be read, too.
    resume: () => socket.resume(),
    send: (...pieces) => {
      for (const bytes of pieces) {
        for (let at = 0; at < bytes.length && isOpen(); at += INGEST_PIECE_BYTES)
          socket.send(bytes.subarray(at, at + INGEST_PIECE_BYTES));
      }
      return socket.bufferedAmount < HIGH_WATER_BYTES;
    },
    drained: async () => {
      while (isOpen() && socket.bufferedAmount >= HIGH_WATER_BYTES)
        await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    },
    close: () => {
      socket.resume();
      socket.close(1000);
    },
  };
}

/** Connects to the ingest path of a daemon. Rejects where there is none. */
export function dialWebSocket(url: string): Promise<Carrier> {
  const socket = new WebSocket(url, INGEST_SUBPROTOCOL, { perMessageDeflate: false, maxPayload: INGEST_PIECE_BYTES });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("open", () => {
      socket.off("error", reject);
      resolve(webSocketCarrier(socket, url));
    });
  });
}

function piecesOf(data: RawData): readonly Uint8Array[] {
  if (Array.isArray(data)) return data;
  return [Buffer.isBuffer(data) ? data : new Uint8Array(data)];
}
