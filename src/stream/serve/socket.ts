/**
 * What the hub needs of a connection. It is handed in: the hub opens no port, and tests hand in their own.
 *
 * @module
 */
import type { WireData } from "../protocol/codec.js";

export interface ClientSocket {
  /** Bytes handed to `send` that have not left this process. */
  readonly bufferedAmount: number;
  /** Queues one message. `done` is called once it has left this process, or never will. */
  send(data: WireData, done: () => void): void;
  /** Closes with a WebSocket status code, after what is queued. */
  close(code: number, reason: string): void;
  /** Called for each message that arrives. */
  onMessage(take: (data: WireData) => void): void;
  /** Called once, however the connection ends. */
  onClose(ended: () => void): void;
}
