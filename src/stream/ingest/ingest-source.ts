/**
 * Frames of senders that speak Ostwald's own protocol, over any carrier.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { FrameFate } from "../base/accounting.js";
import { FrameRejectedError } from "../base/frame.js";
import { pixelSizeNmFrom, type UnixMs } from "../base/units.js";
import { bytesSource } from "../decode/byte-source.js";
import type { ByteSource, Inspection } from "../decode/format.js";
import type { Clock } from "../flow/clock.js";
import type { IngestHello, IngestItem } from "../protocol/ingest-messages.js";
import { INGEST_LIMITS, IngestError } from "../protocol/ingest-messages.js";
import type { FramePayload, FrameSink, FrameSource, OfferedFrame, SourceHealth } from "../source/source.js";
import type { AnnouncedFile, OpenAnnounced } from "./announced.js";
import type { Carrier } from "./carrier.js";
import { PixelMemory } from "./pixel-memory.js";
import { SenderConnection } from "./sender-connection.js";
import { announcedKey, itemKey, parseKey, SenderSession, sessionPrefix, settledThroughOf } from "./sender-session.js";

/** How senders come: by connecting to an address, or by being connected to. */
export interface Endpoint {
  /** Begins; resolves when senders can come. Raises typed errors. `accept` gets each connection. */
  open(accept: (carrier: Carrier) => void): Promise<void>;
  health(): SourceHealth;
  /** No more connections come. Idempotent. */
  close(): Promise<void>;
}

export interface IngestSourceOptions {
  /** The address: `tcp://127.0.0.1:1897`. The records of its senders hang on it. */
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly daemonVersion: string;
  /** What every sender must give; `null`: nothing. Asked for at the start; raises a typed error where there is none to be had. */
  readonly readToken: () => Promise<string | null>;
  /** Looks into an announced file. */
  readonly openAnnounced: OpenAnnounced;
  /** What the headers of an image say. */
  readonly inspect: (source: ByteSource) => Promise<Inspection>;
}

/** Sessions that are remembered; those of which nobody is connected go first. */
const SESSIONS_KEPT = 256;

type FrameItem = Extract<IngestItem, { readonly op: "frame" }>;

/** An item, for those who work on it. */
interface TakenItem {
  readonly session: SenderSession;
  readonly number: number;
  readonly frame: Omit<OfferedFrame, "payload">;
}

/** A source whose senders speak the ingest protocol. */
export class IngestSource implements FrameSource {
  readonly name: string;
  readonly #options: IngestSourceOptions;
  #tokenDigest: Buffer | null = null;
  readonly #sessions = new Map<string, SenderSession>();
  readonly #connections = new Set<SenderConnection>();
  readonly #memory = new PixelMemory();
  #sink: FrameSink | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: IngestSourceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get endpoint(): Endpoint {
    return this.#options.endpoint;
  }

  health(): SourceHealth {
    const { state, detail } = this.#options.endpoint.health();
    const senders = this.#connections.size;
    return { state, detail: senders === 0 ? detail : `${detail}; ${senders} ${senders === 1 ? "sender" : "senders"}` };
  }

  async start(sink: FrameSink): Promise<void> {
    this.#sink = sink;
    const token = await this.#options.readToken();
    this.#tokenDigest = token === null ? null : digestOf(token);
    await this.#options.endpoint.open((carrier) => this.#accept(carrier));
  }

  settle(key: string, fate: FrameFate): void {
    const { prefix, number } = parseKey(key);
    this.#sessions.get(prefix)?.settle(number, fate);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const stopped = this.#options.endpoint.close();
    const stopping = new IngestError("stopping", {
      received: "a daemon that is stopping",
      expected: "one that goes on",
      remedy: "Connect again later, and send again what is not settled.",
    });
    for (const connection of this.#connections) connection.refuse(stopping);
    await stopped;
  }

  #accept(carrier: Carrier): void {
    const { daemonVersion } = this.#options;
    const connection = new SenderConnection(carrier, {
      daemonVersion,
      admit: (hello) => this.#admit(hello),
      take: (session, item, payload) => this.#take(session, item, payload),
      allocate: (bytes) => this.#memory.take(bytes),
    });
    const isFull = this.#connections.size >= INGEST_LIMITS.senders;
    this.#connections.add(connection);
    void connection.serve().finally(() => this.#connections.delete(connection));
    if (isFull || this.#closing !== undefined) connection.refuse(tooManySenders());
  }

  #admit(hello: IngestHello): SenderSession {
    if (this.#tokenDigest !== null && !timingSafeEqual(this.#tokenDigest, digestOf(hello.token ?? ""))) {
      throw unauthorised(hello);
    }
    const prefix = sessionPrefix(hello);
    const known = this.#sessions.get(prefix);
    // One that the sender has gone beyond, of a daemon that records nothing.
    if (known !== undefined && known.settledThrough >= hello.firstNumber - 1) return known;
    const recorded = settledThroughOf(this.#lastRecorded(prefix));
    const session = new SenderSession(hello, Math.max(recorded, hello.firstNumber - 1));
    this.#forgetIdle();
    this.#sessions.set(prefix, session);
    return session;
  }

  #lastRecorded(prefix: string): string | undefined {
    try {
      return this.#sink?.lastRecorded(prefix);
    } catch (cause) {
      throw new IngestError("busy", {
        received: "a ledger that cannot be read now",
        expected: "to know what of this session is recorded",
        remedy: "Connect again.",
        cause,
      });
    }
  }

  #forgetIdle(): void {
    for (const [prefix, session] of this.#sessions) {
      if (this.#sessions.size < SESSIONS_KEPT) return;
      if (session.isIdle) this.#sessions.delete(prefix);
    }
  }

  async #take(session: SenderSession, item: IngestItem, payload: Uint8Array): Promise<void> {
    const sink = this.#sink;
    if (sink === undefined) return;
    const { number } = item;
    const frame = {
      key: itemKey(session.keyPrefix, number),
      label: ("label" in item ? item.label : undefined) ?? `${session.stream}#${number}`,
      receivedAtMs: this.#options.clock.unixMs(),
    };
    const taken: TakenItem = { session, number, frame };
    switch (item.op) {
      case "frame":
        return sink.offer({
          ...frame,
          ...countedBy(session, item),
          payload: pixelsOf(item, payload),
          release: () => this.#memory.giveBack(payload),
        });
      case "file":
        return this.#takeFile(taken, payload, sink);
      case "announce":
        return this.#takeAnnounced(taken, item.path, sink);
      case "beginRun":
        await sink.beginRun({ name: item.name, notes: item.notes });
        break;
      case "endRun":
        await sink.endRun();
    }
    session.settle(number, { kind: "committed" });
  }

  async #takeFile({ frame }: TakenItem, bytes: Uint8Array, sink: FrameSink): Promise<void> {
    const inspection = await this.#options.inspect(bytesSource(bytes));
    // What is wrong with it otherwise the analyzer finds, and says better.
    if (inspection.state !== "complete" || inspection.pages === 1) {
      return sink.offer({ ...frame, payload: { kind: "bytes", bytes } });
    }
    const received = `an image file of ${inspection.pages} frames`;
    const remedy = "Send each frame as one of its own, or announce the file.";
    sink.reject(frame, new FrameRejectedError("unsupported", { received, expected: "a file of one", remedy }));
  }

  async #takeAnnounced({ session, number, frame }: TakenItem, path: string, sink: FrameSink): Promise<void> {
    const file = await this.#options.openAnnounced(path);
    if (file instanceof FrameRejectedError) return sink.reject({ ...frame, label: path }, file);
    session.expect(number, file.pages);
    for (let page = 0; page < file.pages; page++) {
      const key = file.pages === 1 ? frame.key : announcedKey(session.keyPrefix, number, page);
      const label = file.pages === 1 ? path : `${path}#${page + 1}`;
      await sink.offer({ ...frame, key, label, payload: payloadOf(file, page) });
    }
  }
}

/** A detector's own numbers begin anew with each session. */
function countedBy({ keyPrefix }: SenderSession, { sequence }: FrameItem): Pick<OfferedFrame, "sender"> {
  return sequence === undefined ? {} : { sender: { stream: keyPrefix, number: sequence } };
}

function payloadOf({ path, fingerprint }: AnnouncedFile, page: number): FramePayload {
  return { kind: "file", path, fingerprint, page };
}

function pixelsOf(item: FrameItem, bytes: Uint8Array): FramePayload {
  const { widthPx, heightPx, type, byteOrder, pixelSizeNm, acquiredAtMs, exposureMs } = item;
  return {
    kind: "pixels",
    widthPx,
    heightPx,
    type,
    byteOrder,
    pixelSizeNm: pixelSizeNmFrom(pixelSizeNm),
    acquiredAtMs: (acquiredAtMs ?? null) as UnixMs | null,
    exposureMs: exposureMs ?? null,
    bytes,
  };
}

/** Of a fixed length, so that a comparison tells nothing of the token's. */
function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

function unauthorised({ token }: IngestHello): IngestError {
  return new IngestError("unauthorised", {
    received: token === undefined ? "a hello without a token" : "a token that is not this daemon's",
    expected: "the token in the daemon's ingestTokenFile",
    remedy: "Give the token in hello.",
  });
}

function tooManySenders(): IngestError {
  return new IngestError("busy", {
    received: "one sender more",
    expected: `at most ${INGEST_LIMITS.senders} at an address`,
    remedy: "Connect again when another has ended.",
  });
}
