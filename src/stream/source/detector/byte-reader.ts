/**
 * Exact numbers of bytes from a stream of chunks.
 *
 * @module
 */
import { detectorError } from "./errors.js";

/**
 * Reads a stream from its beginning to its end. It takes a chunk only when its bytes are asked for, so that whoever sends more is held
 * back by TCP.
 */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /**
   * The next `length` bytes, in memory of their own that nobody else writes to; `null` where the stream has ended before the first of
   * them. Raises DetectorStreamError where it ends within them; `what` names them.
   */
  async read(length: number, what: string): Promise<Buffer<ArrayBuffer> | null> {
    const target = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length; ) {
      if (this.#at === this.#chunk.length && !(await this.#fetch())) {
        if (done === 0) return null;
        throw detectorError(`an end of the connection after ${done} bytes of ${what}`, `${length} bytes`);
      }
      const part = this.#chunk.subarray(this.#at, this.#at + length - done);
      target.set(part, done);
      this.#at += part.length;
      done += part.length;
    }
    return target;
  }

  /** As {@link read}, where the stream may not end before. */
  async need(length: number, what: string): Promise<Buffer<ArrayBuffer>> {
    const bytes = await this.read(length, what);
    if (bytes === null) throw detectorError(`an end of the connection before ${what}`, `${length} bytes`);
    return bytes;
  }

  /** Whether there is a further chunk. */
  async #fetch(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#chunk = next.value;
    this.#at = 0;
    return true;
  }
}
