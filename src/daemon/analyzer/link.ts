/**
 * Messages between daemon and analyzer over any byte stream, each with the pixels that go with it.
 *
 * A message is two 4-byte little-endian lengths, that many bytes of msgpack, and that many bytes of pixels. Pixels are written from where
 * they lie and read to where they stay: neither side copies them.
 *
 * Both ends are ours and of one version; a message that does not parse is a defect and ends the link.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import { type Landing, pour } from "../../stream/flow/landing.js";
import { packValue, unpackValue } from "../../stream/protocol/codec.js";

/** Longest message and most pixels of one, bytes: a frame of the largest size as float32, and room for its particles. */
const MESSAGE_LIMIT_BYTES = 512 * 1024 * 1024;
const LENGTHS_BYTES = 8;
/** What is read at once while no pixels are under way; the first part of a frame's pixels comes with it and is copied. */
const STAGING_BYTES = 65_536;
const NO_BYTES = new Uint8Array();

/** What one end of a link sends through; what it receives goes to its callbacks. */
export interface Link<Out> {
  /** `pixels` are not copied: nobody changes them before they are sent. */
  send(message: Out, pixels?: Uint8Array): void;
}

export interface LinkEvents<In> {
  readonly message: (message: In, pixels: Uint8Array) => void;
  /** Called when bytes come that are no message. */
  readonly broken: (error: unknown) => void;
}

/** Puts together messages from bytes that are read to where it says. */
export class MessageReader implements Landing {
  readonly #onMessage: (message: unknown, pixels: Uint8Array) => void;
  #staging = new Uint8Array(STAGING_BYTES);
  /** The bytes of `#staging` that are not used yet. */
  #from = 0;
  #to = 0;
  /** A message whose pixels are still coming. */
  #open: { readonly message: unknown; readonly pixels: Uint8Array; filled: number } | null = null;

  constructor(onMessage: (message: unknown, pixels: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  /** Where the next bytes go; at least one byte of room. */
  get space(): Uint8Array {
    return this.#open === null ? this.#staging.subarray(this.#to) : this.#open.pixels.subarray(this.#open.filled);
  }

  /** The first `count` bytes of `space` are there. Raises RangeError for a length past the limit, and what msgpack raises. */
  filled(count: number): void {
    if (this.#open === null) this.#to += count;
    else this.#open.filled += count;
    for (;;) {
      if (this.#open !== null) {
        const { message, pixels, filled } = this.#open;
        if (filled < pixels.length) return;
        this.#open = null;
        this.#onMessage(message, pixels);
      }
      if (!this.#begin()) return;
    }
  }

  /** Opens the message that begins in `#staging`, if it is there; else makes room for the rest of it. */
  #begin(): boolean {
    const available = this.#to - this.#from;
    if (available < LENGTHS_BYTES) return this.#makeRoom(LENGTHS_BYTES);
    const lengths = new DataView(this.#staging.buffer, this.#from, LENGTHS_BYTES);
    const messageBytes = checkedLength(lengths.getUint32(0, true));
    const pixelBytes = checkedLength(lengths.getUint32(4, true));
    if (available < LENGTHS_BYTES + messageBytes) return this.#makeRoom(LENGTHS_BYTES + messageBytes);
    const end = this.#from + LENGTHS_BYTES + messageBytes;
    // A copy: what is read from it may keep views of its bytes.
    const message = unpackValue(this.#staging.slice(this.#from + LENGTHS_BYTES, end));
    const pixels = pixelBytes === 0 ? NO_BYTES : Buffer.allocUnsafeSlow(pixelBytes);
    const filled = Math.min(pixelBytes, this.#to - end);
    pixels.set(this.#staging.subarray(end, end + filled));
    this.#from = end + filled;
    this.#open = { message, pixels, filled };
    return true;
  }

  /** Moves what is not used to the beginning of a buffer that has room for `bytes`. Always `false`: more has to come. */
  #makeRoom(bytes: number): false {
    const rest = this.#staging.subarray(this.#from, this.#to);
    if (bytes > this.#staging.length) this.#staging = new Uint8Array(2 * bytes);
    this.#staging.set(rest);
    this.#from = 0;
    this.#to = rest.length;
    return false;
  }
}

function checkedLength(length: number): number {
  if (length <= MESSAGE_LIMIT_BYTES) return length;
  throw new RangeError(`a message of ${length} bytes, at most ${MESSAGE_LIMIT_BYTES}`);
}

/** The bytes of a message before its pixels. */
export function messageHead(message: unknown, pixelBytes = 0): Uint8Array {
  const body = packValue(message);
  const head = Buffer.allocUnsafe(LENGTHS_BYTES + body.length);
  head.writeUInt32LE(body.length, 0);
  head.writeUInt32LE(pixelBytes, 4);
  head.set(body, LENGTHS_BYTES);
  return head;
}

/** Opens a link over a stream that is open already. */
export function openLink<Out, In>(stream: Duplex, on: LinkEvents<In>): Link<Out> {
  const reader = new MessageReader((message, pixels) => on.message(message as In, pixels));
  stream.on("data", (chunk: Buffer) => {
    try {
      pour(chunk, reader);
    } catch (error) {
      on.broken(error);
    }
  });
  return { send: (message, pixels) => sendOver(stream, message, pixels) };
}

/** Writes head and pixels as one: the system gathers them from where they lie. */
export function sendOver(stream: Duplex, message: unknown, pixels?: Uint8Array): void {
  stream.cork();
  stream.write(messageHead(message, pixels?.length));
  if (pixels !== undefined && pixels.length > 0) stream.write(pixels);
  stream.uncork();
}
