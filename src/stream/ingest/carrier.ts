/**
 * A connection as a stream of bytes both ways: TCP, a unix socket or a WebSocket. It is handed in, so that the protocol needs none of them.
 *
 * @module
 */
import type { Landing } from "../flow/landing.js";
import type { IngestMessage, IngestReader } from "./message-reader.js";

export interface Carrier {
  /** The other side, for people: `127.0.0.1:40312`. */
  readonly peer: string;
  /** Has what arrives written to `landing`. To be called once, in the turn in which the carrier was handed over. */
  land(landing: Landing): void;
  /** Called once, however the connection ends, with what broke it, if anything did. */
  onEnd(ended: (error: Error | undefined) => void): void;
  /** Bytes come no more until `resume`, but for those on their way: the other side has to wait. */
  pause(): void;
  resume(): void;
  /**
   * Queues bytes, which go out together. `false`: more are queued than should be; wait for {@link drained}. What is not sent when the
   * connection breaks is lost.
   */
  send(...pieces: readonly Uint8Array[]): boolean;
  /** Resolves when there is room to send, or never will be. */
  drained(): Promise<void>;
  /** Ends after what is queued, and in bounded time whatever the other side does. */
  close(): void;
}

/** Room for what comes after the end. */
const UNREAD = new Uint8Array(16_384);

/**
 * The messages that a carrier brings, one at a time; it is paused while one is worked on. Whoever stops early has no more of it. Raises
 * what the reader does, after the messages before.
 */
export async function* messagesOf<Header>(
  carrier: Carrier,
  reader: IngestReader<Header>,
): AsyncGenerator<IngestMessage<Header>> {
  const arrived: IngestMessage<Header>[] = [];
  let failure: { readonly error: unknown } | undefined;
  let isEnded = false;
  let wake: (() => void) | undefined;
  const tell = () => {
    wake?.();
    wake = undefined;
  };
  const read = (count: number) => {
    try {
      for (const message of reader.filled(count)) arrived.push(message);
    } catch (error) {
      failure = { error };
      isEnded = true;
    }
  };
  carrier.land({
    get space() {
      return isEnded ? UNREAD : reader.space;
    },
    filled(count) {
      if (isEnded) return;
      read(count);
      if (wake === undefined) carrier.pause();
      else if (arrived.length > 0 || isEnded) tell();
    },
  });
  carrier.onEnd(() => {
    isEnded = true;
    tell();
  });
  try {
    for (;;) {
      const message = arrived.shift();
      if (message !== undefined) yield message;
      else if (failure !== undefined) throw failure.error;
      else if (isEnded) return;
      else {
        const arrival = new Promise<void>((resolve) => {
          wake = resolve;
        });
        carrier.resume();
        await arrival;
      }
    }
  } finally {
    isEnded = true;
    arrived.length = 0;
    carrier.resume();
  }
}
