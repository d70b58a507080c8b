/**
 * TCP and unix sockets as carriers: the system writes what arrives to where it stays.
 *
 * @module
 */
import { connect, type NetConnectOpts, type OnReadOpts, Socket } from "node:net";
import { type Landing, pour } from "../flow/landing.js";
import type { Carrier } from "./carrier.js";

/** Time that the other side has to take the last bytes and end, too, ms. */
const CLOSE_MS = 1_000;
/** After this much silence the system asks whether the other side is there, ms. */
const KEEP_ALIVE_MS = 30_000;
/** Room for the first bytes: Node asks for it when the socket is made, before anybody has said where they are wanted. */
const FIRST_BYTES = 4_096;

/** Where a socket's bytes go, once that is known. */
class Berth {
  readonly #first = new Uint8Array(FIRST_BYTES);
  landing: Landing | undefined;

  /** For Node, which asks after each read where to write the next. */
  readonly onread: OnReadOpts = {
    buffer: () => this.landing?.space ?? this.#first,
    callback: (count, buffer) => {
      if (buffer === this.#first) this.take(this.#first.subarray(0, count));
      else this.landing?.filled(count);
      return true;
    },
  };

  /** Bytes that have arrived elsewhere. */
  take(bytes: Uint8Array): void {
    if (this.landing !== undefined) pour(bytes, this.landing);
  }
}

/** A connection that is being made; the carrier is of use once the socket is connected. */
export function connectCarrier(where: NetConnectOpts, peer: string) {
  const berth = new Berth();
  const socket = connect({ ...where, onread: berth.onread });
  return { socket, carrier: carrierOf(socket, berth, peer) };
}

/** A connection that was accepted by a server with `pauseOnConnect`: nothing of it may have been read. */
export function acceptedCarrier(accepted: Socket, peer: string): Carrier {
  const berth = new Berth();
  const socket = withReads(accepted, berth);
  if (socket !== accepted) return carrierOf(socket, berth, peer);
  accepted.on("data", (bytes: Buffer) => berth.take(bytes));
  return carrierOf(accepted, berth, peer);
}

/** What Node keeps a connection by, and counts it for its server. They are not documented, and have been the same since Node 0.10. */
const HANDLE = "_handle";
const SERVERS = ["server", "_server"] as const;

/**
 * The same connection with a say in where it is read to. Node gives that to sockets that connect only, so that an accepted one is made
 * anew around its handle. 64 kB of garbage for each read would else cost a collection four times a second at 1,000 frames/s. Gives `accepted`
 * itself where Node no longer works that way.
 */
function withReads(accepted: Socket, berth: Berth): Socket {
  const handle: unknown = Reflect.get(accepted, HANDLE);
  if (typeof handle !== "object" || handle === null || !("useUserBuffer" in handle)) return accepted;
  const options = { handle, onread: berth.onread, readable: true, writable: true };
  const socket = new Socket(options);
  for (const name of SERVERS) Reflect.set(socket, name, Reflect.get(accepted, name));
  Reflect.set(accepted, HANDLE, null);
  return socket;
}

function carrierOf(socket: Socket, berth: Berth, peer: string): Carrier {
  let broken: Error | undefined;
  const waiting: (() => void)[] = [];
  const goOn = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  socket.on("drain", goOn);
  socket.on("close", goOn);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.on("error", (error) => {
    broken = error;
  });
  return {
    peer,
    land: (landing) => {
      berth.landing = landing;
      socket.resume();
    },
    onEnd: (ended) => {
      if (socket.closed) ended(broken);
      else socket.once("close", () => ended(broken));
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    send: (...pieces) => {
      if (!socket.writable) return false;
      socket.cork();
      for (const piece of pieces) if (piece.length > 0) socket.write(piece);
      socket.uncork();
      return !socket.writableNeedDrain;
    },
    drained: () =>
      new Promise((resolve) => {
        if (socket.writable && socket.writableNeedDrain) waiting.push(resolve);
        else resolve();
      }),
    close: () => {
      socket.end();
      // What still comes is read and left: unread bytes would make the system reset the connection, and lose the last words.
      socket.resume();
      const timer = setTimeout(() => socket.destroy(), CLOSE_MS);
      socket.once("close", () => clearTimeout(timer));
    },
  };
}
