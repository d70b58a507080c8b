/**
 * A message on its way to many clients: encoded when the first of them needs it, at most once an encoding.
 *
 * @module
 */
import type { WireData } from "../protocol/codec.js";
import { encodeServerMessage, unpackValue } from "../protocol/codec.js";
import type { Encoding, ServerMessage } from "../protocol/messages.js";

export class Parcel {
  /** The message, or what is left of it: its msgpack bytes. */
  #content: ServerMessage | Uint8Array;
  /** Of the message; empty once it has shrunk. */
  #encoded: Partial<Record<Encoding, WireData>> = {};

  constructor(message: ServerMessage) {
    this.#content = message;
  }

  encoded(encoding: Encoding): WireData {
    const content = this.#content;
    if (content instanceof Uint8Array) {
      return encoding === "msgpack" ? content : encodeServerMessage(encoding, unpackValue(content) as ServerMessage);
    }
    const data = this.#encoded[encoding] ?? encodeServerMessage(encoding, content);
    this.#encoded[encoding] = data;
    return data;
  }

  /** Most clients have had it: from now on it is kept as bytes alone, which take a quarter, and encoded as JSON for each who still wants that. */
  shrink(): void {
    const packed = this.encoded("msgpack");
    if (packed instanceof Uint8Array) this.#content = packed;
    this.#encoded = {};
  }
}
