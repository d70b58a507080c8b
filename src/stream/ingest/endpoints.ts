/**
 * Where senders come from: an address that is listened on, or one that is connected to until it answers.
 *
 * @module
 */
import { chmod, lstat, unlink } from "node:fs/promises";
import { connect, createServer, type ListenOptions, type NetConnectOpts, type Server, type Socket } from "node:net";
import { errorText, OstwaldError } from "../base/errors.js";
import { isErrorCode } from "../source/folder/error-code.js";
import type { SourceHealth } from "../source/source.js";
import type { Carrier } from "./carrier.js";
import type { Endpoint } from "./ingest-source.js";
import { acceptedCarrier, connectCarrier } from "./socket-carrier.js";

/** An address that cannot be listened on. */
export class IngestAddressError extends OstwaldError {
  readonly tag = "IngestAddress";
}

/** Connections that wait to be accepted. */
const BACKLOG = 64;
/** Pause before an address is tried again, ms: doubles up to the limit. */
const REDIAL_MS = { first: 100, limit: 5_000 } as const;

/** Senders connect to a TCP port of this machine; port 0 takes any free one, which `health` tells. */
export function tcpListener(where: { readonly host: string; readonly port: number }): Endpoint {
  return new Listener({ ...where, exclusive: true }, () => Promise.resolve());
}

/** Senders connect to a unix socket that only this user may open. One that a dead process has left is replaced. */
export function unixListener(path: string): Endpoint {
  return new Listener({ path }, async () => {
    if (await isAbandoned(path)) await unlink(path);
  });
}

/** The daemon connects to senders that listen, and does so again when a connection ends. */
export function dialer(where: { readonly host: string; readonly port: number } | { readonly path: string }): Endpoint {
  return new Dialer(where);
}

/** Senders are handed over by somebody else: the daemon's own server, whose `/ingest` is a path of its port. */
export class HandedEndpoint implements Endpoint {
  readonly #detail: string;
  #accept: ((carrier: Carrier) => void) | undefined;

  constructor(detail: string) {
    this.#detail = detail;
  }

  async open(accept: (carrier: Carrier) => void): Promise<void> {
    this.#accept = accept;
  }

  /** A connection; one that comes before the daemon takes frames, or after, is ended. */
  hand(carrier: Carrier): void {
    if (this.#accept === undefined) carrier.close();
    else this.#accept(carrier);
  }

  health(): SourceHealth {
    return { state: "ok", detail: this.#detail };
  }

  async close(): Promise<void> {
    this.#accept = undefined;
  }
}

class Listener implements Endpoint {
  readonly #where: ListenOptions;
  readonly #prepare: () => Promise<void>;
  readonly #server: Server = createServer({ pauseOnConnect: true });
  #closing: Promise<void> | undefined;

  constructor(where: ListenOptions, prepare: () => Promise<void>) {
    this.#where = where;
    this.#prepare = prepare;
  }

  async open(accept: Parameters<Endpoint["open"]>[0]): Promise<void> {
    await this.#prepare();
    this.#server.on("connection", (socket) => accept(acceptedCarrier(socket, peerOf(socket, this.#where.path))));
    try {
      await this.#listen({ ...this.#where, backlog: BACKLOG });
    } catch (cause) {
      throw addressError(this.#where, cause);
    }
    // What goes wrong with one connection is its own affair.
    this.#server.on("error", () => undefined);
  }

  async #listen(options: ListenOptions): Promise<void> {
    if (options.path === undefined) return listening(this.#server, options);
    // The socket is made, at once, with this mask in force: at no moment may another user open it.
    const mask = process.umask(0o177);
    const listens = listening(this.#server, options);
    process.umask(mask);
    await listens;
    await chmod(options.path, 0o600);
  }

  health(): SourceHealth {
    const address = this.#server.address();
    if (address === null) return { state: "failed", detail: "not listening" };
    if (typeof address === "string") return { state: "ok", detail: `listening on ${address}` };
    return { state: "ok", detail: `listening on ${hostText(address.address)}:${address.port}` };
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => this.#server.close(() => resolve()));
    return this.#closing;
  }
}

class Dialer implements Endpoint {
  readonly #where: NetConnectOpts;
  readonly #text: string;
  #accept: Parameters<Endpoint["open"]>[0] = () => undefined;
  #socket: Socket | undefined;
  #isConnected = false;
  #trouble = "not connected yet";
  #pauseMs: number = REDIAL_MS.first;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(where: { readonly host: string; readonly port: number } | { readonly path: string }) {
    this.#where = where;
    this.#text = "path" in where ? where.path : `${hostText(where.host)}:${where.port}`;
  }

  async open(accept: Parameters<Endpoint["open"]>[0]): Promise<void> {
    this.#accept = accept;
    this.#dial();
  }

  health(): SourceHealth {
    if (this.#isConnected) return { state: "ok", detail: `connected to ${this.#text}` };
    return { state: "degraded", detail: `${this.#text}: ${this.#trouble}; it is tried again` };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    // One that is connected is ended by whoever serves it.
    if (!this.#isConnected) this.#socket?.destroy();
  }

  #dial(): void {
    const { socket, carrier } = connectCarrier(this.#where, this.#text);
    this.#socket = socket;
    socket.once("connect", () => {
      this.#isConnected = true;
      this.#pauseMs = REDIAL_MS.first;
      this.#accept(carrier);
    });
    socket.on("error", (error) => {
      this.#trouble = errorText(error);
    });
    socket.once("close", () => {
      if (this.#isConnected) this.#trouble = "the connection ended";
      this.#isConnected = false;
      if (this.#isClosed) return;
      this.#timer = setTimeout(() => this.#dial(), this.#pauseMs);
      this.#pauseMs = Math.min(2 * this.#pauseMs, REDIAL_MS.limit);
    });
  }
}

function listening(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Whether a socket lies at `path` on which nobody listens. */
async function isAbandoned(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  if (found?.isSocket() !== true) return false;
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error) => resolve(isErrorCode(error, "ECONNREFUSED")));
  });
}

function addressError({ host, port, path }: ListenOptions, cause: unknown): IngestAddressError {
  const place = path ?? `${hostText(host ?? "")}:${port}`;
  const isTaken = isErrorCode(cause, "EADDRINUSE");
  return new IngestAddressError({
    received: `${place}, ${isTaken ? "on which another program listens" : `where the system refuses to listen (${errorText(cause)})`}`,
    expected: "an address of this machine that is free and that this user may open",
    remedy: isTaken ? "Stop that program, or choose another address." : "Choose another address.",
    cause,
  });
}

function peerOf({ remoteAddress, remotePort }: Socket, path: string | undefined): string {
  return path ?? `${hostText(remoteAddress ?? "")}:${remotePort}`;
}

function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
