/**
 * A connection to a detector that is made again whenever it breaks.
 *
 * @module
 */
import type { Socket } from "node:net";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { errorText, isOstwaldError } from "../../base/errors.js";
import { ByteReader } from "./byte-reader.js";

/** Where a detector listens. */
export interface DetectorAddress {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionOptions {
  readonly address: DetectorAddress;
  /** First and longest wait before it is made again, ms; the wait doubles as long as nothing can be read. */
  readonly retryMs?: { readonly first: number; readonly longest: number };
}

const RETRY_MS = { first: 100, longest: 5_000 } as const;
/** A detector that does not answer, as one that is switched off, is asked again after this time. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Without a sign of life for about this long the system asks whether the other side is still there. */
const KEEP_ALIVE_MS = 10_000;

/** Reads what comes until the connection ends. What it raises is told as the reason of the next attempt. */
export type Serve = (reader: ByteReader, socket: Socket) => Promise<void>;

/** A connection, kept. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #ending = new AbortController();
  #socket: Socket | undefined;
  #state: "connecting" | "connected" | "broken" = "connecting";
  #reason = "";
  #breaks = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#state === "connected";
  }

  /** Why it is not connected, for a person; empty before the first attempt has failed. */
  get reason(): string {
    return this.#reason;
  }

  /** How often it has been made and has ended. */
  get breaks(): number {
    return this.#breaks;
  }

  /** `127.0.0.1:6342`. */
  get where(): string {
    return `${this.#options.address.host}:${this.#options.address.port}`;
  }

  /** Connects, and connects again, until it is closed. */
  async run(serve: Serve): Promise<void> {
    const { first, longest } = this.#options.retryMs ?? RETRY_MS;
    let waitMs = first;
    while (!this.#ending.signal.aborted) {
      const hasRead = await this.#once(serve);
      waitMs = hasRead ? first : Math.min(2 * waitMs, longest);
      await delay(waitMs, undefined, { signal: this.#ending.signal, ref: false }).catch(() => undefined);
    }
  }

  /** Ends the connection and lets it be. */
  close(): void {
    this.#ending.abort();
    this.#socket?.destroy();
  }

  /** One life of the connection: whether anything came. */
  async #once(serve: Serve): Promise<boolean> {
    const socket = connect({
      ...this.#options.address,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    this.#socket = socket;
    try {
      await connected(socket);
      this.#state = "connected";
      await serve(new ByteReader(socket), socket);
      this.#reason = "the detector has closed the connection";
    } catch (error) {
      if (!isOstwaldError(error) && !isSocketError(error)) throw error;
      this.#reason = errorText(error);
    } finally {
      if (this.#state === "connected") this.#breaks += 1;
      this.#state = "broken";
      socket.destroy();
    }
    return socket.bytesRead > 0;
  }
}

/** Resolves when a socket is connected; raises the socket's error. */
async function connected(socket: Socket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.setTimeout(CONNECT_TIMEOUT_MS, () =>
      socket.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })),
    );
    socket.once("connect", resolve);
    // Stays for the life of the socket: an error of a destroyed socket is nobody's.
    socket.on("error", reject);
    socket.once("close", () => reject(Object.assign(new Error("closed"), { code: "ECONNABORTED" })));
  });
  socket.setTimeout(0);
}

function isSocketError(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}
