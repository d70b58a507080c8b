/**
 * A connection as a stream of bytes both ways: TCP, a unix socket or a WebSocket. It is handed in, so that the protocol needs none of them.
 *
 * @module
 */
import type { IngestMessage, IngestReader } from "./message-reader.js";

/** Where bytes that arrive are written to. */
export interface Landing {
  /** Where the next bytes go: at least one byte of room. */
  readonly space: Uint8Array;
  /** The first `count` bytes of `space` are there. */
  filled(count: number): void;
}

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

/** Writes bytes that have arrived elsewhere. */
export function pour(bytes: Uint8Array, landing: Landing): void {
  for (let rest = bytes; rest.length > 0; ) {
    const { space } = landing;
    const part = rest.subarray(0, space.length);
    space.set(part);
    landing.filled(part.length);
    rest = rest.subarray(part.length);
  }
}

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
