/**
 * The connection to the daemon: opens it, opens it again when it is lost, resumes where it was, and carries requests.
 *
 * @module
 */
import type { AnalysisSettings } from "../../../src/stream/base/settings.js";
import { PROTOCOL_LIMITS } from "../../../src/stream/protocol/limits.js";
import type {
  Channel,
  ClientMessage,
  HelloMessage,
  PreviewKind,
  ServerMessage,
} from "../../../src/stream/protocol/messages.js";
import { createCell } from "../state/cell.js";
import { backoffMs } from "./backoff.js";
import type { Answer } from "./requests.js";
import { createRequests } from "./requests.js";

export type ConnectionState =
  | { readonly kind: "connecting"; readonly attempt: number }
  | { readonly kind: "live"; readonly daemonVersion: string }
  /** Lost; the next attempt is at `retryAtMs` (monotonic). */
  | { readonly kind: "waiting"; readonly attempt: number; readonly retryAtMs: number; readonly reason: string };

/** A socket that encodes what it sends. */
export interface Socket {
  send(message: ClientMessage): void;
  close(): void;
}

/** What a socket tells, decoded. `onClose` comes once, also when it never opened; nothing comes before `open` has returned. */
export interface SocketEvents {
  readonly onMessage: (message: ServerMessage) => void;
  readonly onClose: (reason: string) => void;
}

export interface ConnectionOptions {
  readonly open: (events: SocketEvents) => Socket;
  /** Takes every message, in order, with its time of arrival (monotonic ms). */
  readonly onMessage: (message: ServerMessage, nowMs: number) => void;
}

/** What the page wants to receive. */
export interface Wanted {
  readonly previewKind: PreviewKind;
  /** Whether the page can be seen: a hidden one takes numbers only. */
  readonly visible: boolean;
}

/** The daemon speaks at least once a second; silence this long means a connection that died without saying so. */
const SILENCE_MS = 5_000;

/** Least time between two pictures: 20 a second look continuous and leave the other half of a slow line to numbers. */
const PREVIEW_INTERVAL_MS = 50;

const CHANNELS_VISIBLE: readonly Channel[] = ["events", "particles", "preview", "health"];
const CHANNELS_HIDDEN: readonly Channel[] = ["events", "health"];

/** Connects at once and stays connected until `close`. */
export class Connection {
  readonly state = createCell<ConnectionState>({ kind: "connecting", attempt: 1 });
  /** Counts the answers of a daemon other than the one before. */
  readonly restarts = createCell(0);
  readonly wanted = createCell<Wanted>({ previewKind: "raw", visible: true });
  readonly #options: ConnectionOptions;
  readonly #requests = createRequests();
  #socket: Socket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #sessionId: string | null = null;
  #lastSeq = 0;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.wanted.subscribe(() => {
      if (this.state.get().kind === "live") this.#subscribe({});
    });
    this.#open();
  }

  /** Asks for a change of settings; never rejects. */
  configure(settings: Partial<AnalysisSettings>): Promise<Answer> {
    return this.#ask((requestId) => ({ op: "configure", requestId, settings }));
  }

  /** Asks for the last frame before and after a filter, which arrives as `filteredFrame`; never rejects. */
  filterFrame(settings: Partial<AnalysisSettings>): Promise<Answer> {
    return this.#ask((requestId) => ({ op: "filterFrame", requestId, settings }));
  }

  /** Asks which runs there are, which arrives as `runs`; never rejects. */
  listRuns(): Promise<Answer> {
    return this.#ask((requestId) => ({ op: "listRuns", requestId }));
  }

  /** Asks for a run, which arrives as `runHistory`; never rejects. */
  openRun(runId: number): Promise<Answer> {
    return this.#ask((requestId) => ({ op: "openRun", requestId, runId }));
  }

  #ask(message: (requestId: string) => ClientMessage): Promise<Answer> {
    const { requestId, answer } = this.#requests.create();
    if (this.#socket === null || this.state.get().kind !== "live") this.#requests.abandon();
    else this.#socket.send(message(requestId));
    return answer;
  }

  /** Tries again now instead of at the end of the wait. */
  retry(): void {
    if (this.state.get().kind !== "waiting" || this.#socket !== null) return;
    clearTimeout(this.#timer);
    this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#requests.abandon();
    this.#socket?.close();
  }

  #open(): void {
    this.#attempt += 1;
    // Events of a socket that was given up are not this connection's any more.
    const isCurrent = () => this.#socket === opened;
    const opened = this.#options.open({
      onMessage: (message) => isCurrent() && this.#take(message),
      onClose: (reason) => isCurrent() && this.#lose(reason),
    });
    this.#socket = opened;
    this.#watchSilence();
  }

  #take(message: ServerMessage): void {
    this.#watchSilence();
    if (message.op === "hello") this.#greet(message);
    if (message.op === "frame" || message.op === "rejected" || message.op === "dropped") this.#lastSeq = message.seq;
    if (message.op === "gap") this.#lastSeq = Math.max(this.#lastSeq, message.toSeq);
    if (message.op === "done" || message.op === "error") this.#requests.settle(message);
    this.#options.onMessage(message, performance.now());
  }

  /** Resumes where the connection was lost, or begins anew with a daemon that was started since. */
  #greet({ sessionId, lastSeq, daemonVersion }: HelloMessage): void {
    const isKnown = sessionId === this.#sessionId;
    if (this.#sessionId !== null && !isKnown) this.restarts.set(this.restarts.get() + 1);
    // Away for long: `hello` has the history, thinned for a chart, and the events themselves would be a gigabyte a night.
    const wasLongAway = lastSeq - this.#lastSeq > PROTOCOL_LIMITS.heldEvents;
    if (!isKnown || wasLongAway) this.#lastSeq = lastSeq;
    this.#sessionId = sessionId;
    this.#attempt = 0;
    this.state.set({ kind: "live", daemonVersion });
    this.#subscribe({ resumeAfterSeq: this.#lastSeq });
  }

  #subscribe(resume: { readonly resumeAfterSeq?: number }): void {
    const { previewKind, visible } = this.wanted.get();
    const channels = [...(visible ? CHANNELS_VISIBLE : CHANNELS_HIDDEN)];
    const { requestId } = this.#requests.create();
    const base = { op: "subscribe", requestId, channels, previewKind, previewIntervalMs: PREVIEW_INTERVAL_MS } as const;
    this.#socket?.send({ ...base, ...resume });
  }

  #lose(reason: string): void {
    this.#socket = null;
    this.#requests.abandon();
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const waitMs = backoffMs(this.#attempt, Math.random());
    this.state.set({ kind: "waiting", attempt: this.#attempt, retryAtMs: performance.now() + waitMs, reason });
    this.#timer = setTimeout(() => this.#open(), waitMs);
  }

  #watchSilence(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#socket?.close();
      this.#lose("The daemon has fallen silent.");
    }, SILENCE_MS);
  }
}
