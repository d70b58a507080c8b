/**
 * One client: what it subscribed to, where it is in the events, and what waits for it.
 *
 * Nothing is queued that grows: events wait in the shared ring, everything else is one slot a kind where the latest wins.
 *
 * @module
 */
import { errorText, isOstwaldError } from "../base/errors.js";
import type { WireData } from "../protocol/codec.js";
import { decodeClientMessage } from "../protocol/codec.js";
import type { FilterFrameRequest } from "../protocol/filter-messages.js";
import { CLOSE_CODES } from "../protocol/limits.js";
import type {
  Channel,
  ClientRequest,
  ControlAction,
  Encoding,
  PreviewKind,
  RunRequest,
  ServerMessage,
} from "../protocol/messages.js";
import { ProtocolError } from "../protocol/protocol-error.js";
import type { SettingsPatch } from "../protocol/settings.js";
import type { ReadPast } from "./catch-up.js";
import { CatchUp } from "./catch-up.js";
import type { EventRing } from "./event-ring.js";
import { Parcel } from "./parcel.js";
import { PreviewPacer } from "./preview-pacer.js";
import type { ClientSocket } from "./socket.js";
import { TokenBucket } from "./token-bucket.js";

type SubscribeRequest = Extract<ClientRequest, { op: "subscribe" }>;

/** Messages of which only the newest is worth sending, in the order in which they are sent. */
export type LatestOp = "settings" | "run" | "health" | "particles" | "preview";

export interface SessionLimits {
  readonly bufferedBytesPerClient: number;
  readonly clientMessagesPerSecond: number;
  readonly clientMessageBurst: number;
  readonly openRequests: number;
}

/** What all clients together were sent, and were not. */
export interface ClientCounts {
  sentMessages: number;
  sentBytes: number;
  /** Events that a client was told, in a gap, that it missed. */
  skippedEvents: number;
  /** Messages of which only the newest counts that a newer one has replaced. */
  superseded: number;
  /** Clients that were cut off, or not let in. */
  cut: number;
}

/** What the sessions of a hub share. */
export interface SessionContext {
  readonly ring: EventRing;
  /** Events older than the ring's; `null`: nothing is recorded. */
  readonly past: ReadPast | null;
  readonly limits: SessionLimits;
  readonly monotonicMs: () => number;
  /** Carries out a `configure`; raises an OstwaldError to refuse it. */
  readonly configure: (patch: SettingsPatch) => Promise<void>;
  /** Carries out a request about runs; gives what is sent before `done`, if anything. */
  readonly runs: (request: RunRequest) => Promise<ServerMessage | null>;
  /** Filters the last frame once more; gives what is sent before `done`. Raises an OstwaldError to refuse it. */
  readonly filterFrame: (request: FilterFrameRequest) => Promise<ServerMessage>;
  /** Carries out what is asked of the daemon itself; raises an OstwaldError to refuse it. */
  readonly control: (action: ControlAction) => Promise<void>;
  /** The last picture of a kind, for a client that begins. */
  readonly heldPreview: (kind: PreviewKind) => Parcel | undefined;
  /** Takes what was thrown and is no OstwaldError. */
  readonly onDefect: (error: unknown) => void;
  readonly counts: ClientCounts;
}

export class ClientSession {
  readonly #context: SessionContext;
  readonly #socket: ClientSocket;
  readonly #encoding: Encoding;
  readonly #bucket: TokenBucket;
  readonly #replies: Parcel[] = [];
  readonly #latest = new Map<LatestOp, Parcel>();
  readonly #previews = new PreviewPacer();
  #subscription: SubscribeRequest | undefined;
  /** The next event to send, while subscribed to events. */
  #nextSeq = 0;
  readonly #catchUp: CatchUp | null;
  /** Requests are carried out one after the other, so that their answers come in order. */
  #work: Promise<void> = Promise.resolve();
  #workingOn = 0;
  #closed = false;
  #isCut = false;
  #sending = false;

  constructor(context: SessionContext, socket: ClientSocket, encoding: Encoding) {
    this.#context = context;
    this.#socket = socket;
    this.#encoding = encoding;
    const { clientMessagesPerSecond: perSecond, clientMessageBurst: burst } = context.limits;
    this.#bucket = new TokenBucket({ perSecond, burst }, context.monotonicMs());
    this.#catchUp = context.past === null ? null : this.#catchUpFrom(context.past);
    socket.onMessage((data) => this.#receive(data));
    socket.onClose(() => {
      this.#closed = true;
    });
  }

  /** Bytes that wait for it. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Events that it has asked for and has not been sent. */
  get behind(): number {
    return this.#has("events") ? Math.max(0, this.#context.ring.lastSeq - this.#nextSeq + 1) : 0;
  }

  /** Whether the daemon has cut it off. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Sends `message` before anything else that waits. */
  reply(message: ServerMessage): void {
    this.#replies.push(new Parcel(message));
    this.pump();
  }

  /** Offers the newest message of its kind; it is sent when the client is subscribed and has room. */
  offer(op: LatestOp, parcel: Parcel): void {
    const isForAll = op === "settings" || op === "run";
    if (isForAll ? this.#subscription === undefined : !this.#has(op)) return;
    if (this.#latest.has(op)) this.#context.counts.superseded += 1;
    this.#latest.set(op, parcel);
    this.pump();
  }

  /** Offers a picture, if this client waits for one of its kind. */
  offerPreview(kind: PreviewKind, parcel: Parcel): void {
    if (this.#subscription?.previewKind === kind && this.#has("preview") && this.#previews.accept()) {
      this.offer("preview", parcel);
    }
  }

  /** The picture to make for this client with the next frame, if it is time for one and it has room. */
  askPreview(nowMs: number): PreviewKind | undefined {
    const subscription = this.#subscription;
    if (subscription === undefined || !this.#has("preview") || this.#latest.has("preview") || !this.#hasRoom()) return;
    return this.#previews.ask(nowMs, subscription.previewIntervalMs) ? subscription.previewKind : undefined;
  }

  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close(code, reason);
  }

  /** Hands messages to the socket until its budget is full or nothing waits; called again when the socket has sent one. */
  pump(): void {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (!this.#closed && this.#hasRoom()) {
        const parcel = this.#next();
        if (parcel === undefined) break;
        const data = parcel.encoded(this.#encoding);
        this.#context.counts.sentMessages += 1;
        this.#context.counts.sentBytes += data.length;
        this.#socket.send(data, () => this.pump());
      }
    } finally {
      this.#sending = false;
    }
  }

  #hasRoom(): boolean {
    return this.#socket.bufferedAmount < this.#context.limits.bufferedBytesPerClient;
  }

  #has(channel: Channel): boolean {
    return this.#subscription?.channels.includes(channel) ?? false;
  }

  #next(): Parcel | undefined {
    return (
      this.#replies.shift() ??
      this.#takeLatest("settings") ??
      this.#takeLatest("run") ??
      this.#takeLatest("health") ??
      // A frame's particles come after its event, also while that is read back.
      (this.#isBehind() ? this.#nextEvent() : (this.#takeLatest("particles") ?? this.#takeLatest("preview")))
    );
  }

  #takeLatest(op: LatestOp): Parcel | undefined {
    const parcel = this.#latest.get(op);
    this.#latest.delete(op);
    return parcel;
  }

  #isBehind(): boolean {
    return this.#has("events") && this.#nextSeq <= this.#context.ring.lastSeq;
  }

  /** The next event, or the gap where it is no longer held anywhere; `undefined` while it is read back. */
  #nextEvent(): Parcel | undefined {
    const { ring } = this.#context;
    if (this.#nextSeq >= ring.firstSeq) {
      this.#catchUp?.forget();
      this.#nextSeq += 1;
      return ring.at(this.#nextSeq - 1);
    }
    const toSeq = ring.firstSeq - 1;
    const gap = { op: "gap", fromSeq: this.#nextSeq, toSeq } as const;
    const found = this.#catchUp === null ? gap : this.#catchUp.at(this.#nextSeq, toSeq);
    if (found === undefined) return undefined;
    if (found.op === "gap") this.#context.counts.skippedEvents += found.toSeq - found.fromSeq + 1;
    this.#nextSeq = (found.op === "gap" ? found.toSeq : found.seq) + 1;
    return new Parcel(found);
  }

  #catchUpFrom(read: ReadPast): CatchUp {
    return new CatchUp({
      read,
      onPage: () => this.pump(),
      // It comes back and resumes where it was; a gap would say that the events are gone.
      onFailure: () => this.close(CLOSE_CODES.tryAgainLater, "earlier events cannot be read now; connect again"),
    });
  }

  #receive(data: WireData): void {
    if (this.#closed) return;
    const { limits } = this.#context;
    if (!this.#bucket.take(this.#context.monotonicMs())) {
      this.#refuseFlood();
    } else if (this.#workingOn + this.#replies.length >= limits.openRequests) {
      this.#cut(`more than ${limits.openRequests} requests are not answered or not read`);
    } else {
      this.#workingOn += 1;
      this.#work = this.#work.then(() => this.#answer(data));
    }
  }

  #cut(reason: string): void {
    this.#isCut = true;
    this.#context.counts.cut += 1;
    this.close(CLOSE_CODES.policyViolation, reason);
  }

  #refuseFlood(): void {
    const { clientMessagesPerSecond: perSecond, clientMessageBurst: burst } = this.#context.limits;
    this.reply({
      op: "error",
      requestId: null,
      tag: "TooManyMessages",
      received: `more than ${burst} messages at once`,
      expected: `at most ${perSecond} a second`,
      remedy: "Connect again and send fewer.",
    });
    this.#cut(`more than ${perSecond} messages a second`);
  }

  /** Reads and carries out one message; never rejects. */
  async #answer(data: WireData): Promise<void> {
    let requestId: string | null = null;
    try {
      const request = decodeClientMessage(this.#encoding, data);
      requestId = request.requestId;
      const answer = await this.#carryOut(request);
      this.#workingOn -= 1;
      if (answer !== null) this.reply(answer);
      this.reply({ op: "done", requestId });
    } catch (error) {
      this.#workingOn -= 1;
      this.reply(this.#refusal(error, requestId));
    }
  }

  /** Gives what is sent before `done`, if anything. */
  async #carryOut(request: ClientRequest): Promise<ServerMessage | null> {
    if (request.op === "subscribe") this.#subscribe(request);
    else if (request.op === "configure") await this.#context.configure(request.settings);
    else if (request.op === "control") await this.#context.control(request.action);
    else if (request.op === "filterFrame") return this.#context.filterFrame(request);
    else return this.#context.runs(request);
    return null;
  }

  /** Sends nothing itself: what follows comes after the answer. */
  #subscribe(request: SubscribeRequest): void {
    const { lastSeq } = this.#context.ring;
    const { resumeAfterSeq } = request;
    if (resumeAfterSeq !== undefined && resumeAfterSeq > lastSeq) {
      throw new ProtocolError("invalid", {
        received: `resumeAfterSeq = ${resumeAfterSeq}`,
        expected: `at most ${lastSeq}, the last seq of this session`,
        remedy: "Compare sessionId: when it has changed, seq has begun again at 1.",
      });
    }
    // Who changes its choice while it receives events goes on where it is: no event is passed over silently.
    if (resumeAfterSeq !== undefined) this.#nextSeq = resumeAfterSeq + 1;
    else if (!this.#has("events")) this.#nextSeq = lastSeq + 1;
    this.#subscription = request;
    for (const op of this.#latest.keys()) {
      if (op !== "settings" && op !== "run" && !this.#has(op)) this.#latest.delete(op);
    }
    this.#latest.delete("preview");
    const held = this.#context.heldPreview(request.previewKind);
    if (held !== undefined && this.#has("preview")) this.#latest.set("preview", held);
  }

  #refusal(error: unknown, requestId: string | null): ServerMessage {
    if (isOstwaldError(error)) {
      const { tag, received, expected, remedy } = error;
      const id = error instanceof ProtocolError ? (requestId ?? error.requestId) : requestId;
      return { op: "error", requestId: id, tag, received, expected, remedy };
    }
    this.#context.onDefect(error);
    return {
      op: "error",
      requestId,
      tag: "Internal",
      received: errorText(error),
      expected: "no defect in the daemon",
      remedy: "Report it with the daemon's log; the stream goes on.",
    };
  }
}
