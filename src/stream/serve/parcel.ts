/**
 * A message on its way to many clients: encoded when the first of them needs it, at most once an encoding.
 *
 * @module
 */
import type { WireData } from "../protocol/codec.js";
import { encodeServerMessage } from "../protocol/codec.js";
import type { Encoding, ServerMessage } from "../protocol/messages.js";

export class Parcel {
  readonly message: ServerMessage;
  readonly #encoded: Partial<Record<Encoding, WireData>> = {};

  constructor(message: ServerMessage) {
    this.message = message;
  }

  encoded(encoding: Encoding): WireData {
    const held = this.#encoded[encoding];
    if (held !== undefined) return held;
    const data = encodeServerMessage(encoding, this.message);
    this.#encoded[encoding] = data;
    return data;
  }
}
