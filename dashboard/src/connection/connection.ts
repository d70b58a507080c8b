/**
 * The connection to the daemon: opens it, opens it again when it is lost, resumes where it was, and carries requests.
 *
 * @module
 */
import type { AnalysisSettings } from "../../../src/stream/base/settings.js";
import type {
  Channel,
  ClientMessage,
  HelloMessage,
  PreviewKind,
  ServerMessage,
} from "../../../src/stream/protocol/messages.js";
import type { Cell, ReadonlyCell } from "../state/cell.js";
import { createCell } from "../state/cell.js";
import { backoffMs } from "./backoff.js";
import type { Answer } from "./requests.js";
import { createRequests } from "./requests.js";

export type ConnectionState =
  | { readonly kind: "connecting"; readonly attempt: number }
  | { readonly kind: "live"; readonly daemonVersion: string }
  /** Lost; the next attempt is at `retryAtMs` (monotonic). */
  | { readonly kind: "waiting"; readonly attempt: number; readonly retryAtMs: number; readonly reason: string };

/** The part of a WebSocket that is used here. */
export interface Socket {
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** What a socket tells. `onClose` comes once, also when it never opened. */
export interface SocketEvents {
  readonly onMessage: (message: ServerMessage) => void;
  readonly onClose: (reason: string) => void;
}

export interface ConnectionOptions {
  /** Opens a socket that encodes and decodes messages. */
  readonly open: (events: SocketEvents) => { send(message: ClientMessage): void; close(): void };
  /** Takes every message, in order, with its time of arrival (monotonic ms). */
  readonly onMessage: (message: ServerMessage, nowMs: number) => void;
}

/** What the page wants to receive. */
export interface Wanted {
  readonly previewKind: PreviewKind;
  /** Whether the page can be seen: a hidden one takes numbers only. */
  readonly visible: boolean;
}

export interface Connection {
  readonly state: ReadonlyCell<ConnectionState>;
  /** Raised when a daemon other than the last one answers. */
  readonly restarts: ReadonlyCell<number>;
  readonly wanted: Cell<Wanted>;
  configure(settings: Partial<AnalysisSettings>): Promise<Answer>;
  /** Tries again now instead of at the end of the wait. */
  retry(): void;
  close(): void;
}

/** The daemon speaks at least once a second; silence this long means a connection that died without saying so. */
const SILENCE_MS = 5_000;

/** Least time between two pictures: 20 a second look continuous and leave the other half of a slow line to numbers. */
const PREVIEW_INTERVAL_MS = 50;

const CHANNELS_VISIBLE: readonly Channel[] = ["events", "particles", "preview", "health"];
const CHANNELS_HIDDEN: readonly Channel[] = ["events", "health"];

export function connect({ open, onMessage }: ConnectionOptions): Connection {
  const state = createCell<ConnectionState>({ kind: "connecting", attempt: 1 });
  const restarts = createCell(0);
  const wanted = createCell<Wanted>({ previewKind: "raw", visible: true });
  const requests = createRequests();
  let socket: ReturnType<ConnectionOptions["open"]> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let sessionId: string | null = null;
  let lastSeq = 0;
  let closed = false;

  const subscribe = (resume: boolean) => {
    const { previewKind, visible } = wanted.get();
    const channels = [...(visible ? CHANNELS_VISIBLE : CHANNELS_HIDDEN)];
    const base = { op: "subscribe", channels, previewKind, previewIntervalMs: PREVIEW_INTERVAL_MS } as const;
    const message = resume ? { ...base, resumeAfterSeq: lastSeq } : base;
    socket?.send({ ...message, requestId: requests.create().requestId });
  };

  const greet = (hello: HelloMessage) => {
    const isKnown = hello.sessionId === sessionId;
    if (sessionId !== null && !isKnown) restarts.set(restarts.get() + 1);
    if (!isKnown) lastSeq = hello.lastSeq;
    sessionId = hello.sessionId;
    attempt = 0;
    state.set({ kind: "live", daemonVersion: hello.daemonVersion });
    subscribe(true);
  };

  const take = (message: ServerMessage) => {
    watchSilence();
    if (message.op === "hello") greet(message);
    if (message.op === "frame" || message.op === "rejected" || message.op === "dropped") lastSeq = message.seq;
    if (message.op === "gap") lastSeq = Math.max(lastSeq, message.toSeq);
    if (message.op === "done" || message.op === "error") requests.settle(message);
    onMessage(message, performance.now());
  };

  const lose = (reason: string) => {
    socket = null;
    requests.abandon();
    clearTimeout(timer);
    if (closed) return;
    const waitMs = backoffMs(attempt, Math.random());
    state.set({ kind: "waiting", attempt, retryAtMs: performance.now() + waitMs, reason });
    timer = setTimeout(start, waitMs);
  };

  const watchSilence = () => {
    clearTimeout(timer);
    timer = setTimeout(() => socket?.close(), SILENCE_MS);
  };

  const start = () => {
    attempt += 1;
    if (attempt === 1) state.set({ kind: "connecting", attempt });
    // Events of a socket that was given up are not this connection's any more.
    const isCurrent = () => socket === opened;
    const opened = open({
      onMessage: (message) => isCurrent() && take(message),
      onClose: (reason) => isCurrent() && lose(reason),
    });
    socket = opened;
    watchSilence();
  };

  wanted.subscribe(() => state.get().kind === "live" && subscribe(false));
  start();

  return {
    state,
    restarts,
    wanted,
    configure(settings) {
      const { requestId, answer } = requests.create();
      if (socket === null || state.get().kind !== "live") requests.abandon();
      else socket.send({ op: "configure", requestId, settings });
      return answer;
    },
    retry() {
      if (state.get().kind !== "waiting") return;
      clearTimeout(timer);
      start();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
