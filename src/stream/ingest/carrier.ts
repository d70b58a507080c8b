/**
 * A connection as a stream of bytes both ways: TCP, a unix socket or a WebSocket. It is handed in, so that the protocol needs none of them.
 *
 * @module
 */

export interface Carrier {
  /** The other side, for people: `127.0.0.1:40312`. */
  readonly peer: string;
  /** Called for each piece that arrives; it is the receiver's to keep. To be called once. */
  onBytes(take: (bytes: Uint8Array) => void): void;
  /** Called once, however the connection ends, with what broke it, if anything did. */
  onEnd(ended: (error: Error | undefined) => void): void;
  /** Bytes come no more until `resume`, but for those on their way: the other side has to wait. */
  pause(): void;
  resume(): void;
  /** Queues bytes. `false`: more are queued than should be; wait for {@link drained}. What is not sent when the connection breaks is lost. */
  send(bytes: Uint8Array): boolean;
  /** Resolves when there is room to send, or never will be. */
  drained(): Promise<void>;
  /** Ends after what is queued, and in bounded time whatever the other side does. */
  close(): void;
}

/** The pieces that a carrier brings, one at a time; it is paused while one is worked on. Whoever stops early has no more of it. */
export async function* bytesOf(carrier: Carrier): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let isEnded = false;
  let wake: (() => void) | undefined;
  const tell = () => {
    wake?.();
    wake = undefined;
  };
  carrier.onBytes((bytes) => {
    if (isEnded) return;
    pieces.push(bytes);
    if (wake === undefined) carrier.pause();
    tell();
  });
  carrier.onEnd(() => {
    isEnded = true;
    tell();
  });
  try {
    for (;;) {
      const piece = pieces.shift();
      if (piece !== undefined) yield piece;
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
    pieces = [];
    carrier.resume();
  }
}
