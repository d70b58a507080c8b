/**
 * Messages between daemon and analyzer over any byte stream: a 4-byte little-endian length, then that many bytes of msgpack.
 *
 * Both ends are ours and of one version; a message that does not parse is a defect and ends the link.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import { packValue, unpackValue } from "../../stream/protocol/codec.js";

/** Longest message, bytes: a frame of the largest size as float32, and room for its particles. */
const MESSAGE_LIMIT_BYTES = 512 * 1024 * 1024;
const HEADER_BYTES = 4;

/** What one end of a link sends through; what it receives goes to its callbacks. */
export interface Link<Out> {
  send(message: Out): void;
}

/** Cuts a stream of chunks into messages, without copying a message that lies in one chunk. */
export class MessageReader {
  #chunks: Uint8Array[] = [];
  #available = 0;

  /** Takes the next chunk and gives the messages that are complete with it. Raises RangeError for a length past the limit. */
  *read(chunk: Uint8Array): Generator<Uint8Array> {
    this.#chunks.push(chunk);
    this.#available += chunk.length;
    for (;;) {
      if (this.#available < HEADER_BYTES) return;
      const header = this.#peek(HEADER_BYTES);
      const length = new DataView(header.buffer, header.byteOffset).getUint32(0, true);
      if (length > MESSAGE_LIMIT_BYTES)
        throw new RangeError(`a message of ${length} bytes, at most ${MESSAGE_LIMIT_BYTES}`);
      if (this.#available < HEADER_BYTES + length) return;
      const message = this.#peek(HEADER_BYTES + length).subarray(HEADER_BYTES);
      this.#drop(HEADER_BYTES + length);
      yield message;
    }
  }

  /** The next `length` bytes in one piece; they stay in the buffer. */
  #peek(length: number): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= length) return first.subarray(0, length);
    this.#chunks = [Buffer.concat(this.#chunks)];
    return (this.#chunks[0] ?? new Uint8Array()).subarray(0, length);
  }

  #drop(length: number): void {
    const [first = new Uint8Array(), ...rest] = this.#chunks;
    this.#chunks = first.length === length ? rest : [first.subarray(length), ...rest];
    this.#available -= length;
  }
}

/** A message with its length in front. */
export function frameMessage(message: unknown): readonly [Uint8Array, Uint8Array] {
  const body = packValue(message);
  const header = new Uint8Array(HEADER_BYTES);
  new DataView(header.buffer).setUint32(0, body.length, true);
  return [header, body];
}

/** Opens a link over `stream`. `onMessage` gets each message; `onBroken` is called when bytes come that are no message. */
export function openLink<Out, In>(
  stream: Duplex,
  on: { readonly message: (message: In) => void; readonly broken: (error: unknown) => void },
): Link<Out> {
  const reader = new MessageReader();
  stream.on("data", (chunk: Buffer) => {
    try {
      for (const message of reader.read(chunk)) on.message(unpackValue(message) as In);
    } catch (error) {
      on.broken(error);
    }
  });
  return {
    send(message) {
      const [header, body] = frameMessage(message);
      stream.cork();
      stream.write(header);
      stream.write(body);
      stream.uncork();
    },
  };
}
