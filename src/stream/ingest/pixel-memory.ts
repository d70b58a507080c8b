/**
 * Memory of frames that are done with, to be filled again.
 *
 * As garbage, the frames of a fast detector would be hundreds of MB a second, and a collection every time 64 MB of them have gathered, for
 * which frames on the socket wait.
 *
 * @module
 */

/** Most that is kept, bytes. */
const KEPT_BYTES = 67_108_864;

/** Buffers of one size: the frames of a stream are alike. */
export class PixelMemory {
  readonly #free: Uint8Array[] = [];
  #bufferBytes = 0;

  /** Memory of this size, whose contents may be anything. */
  take(bytes: number): Uint8Array {
    const kept = bytes === this.#bufferBytes ? this.#free.pop() : undefined;
    // Of the system at once, not of Node's pool: a frame lives for as long as it takes.
    return kept ?? Buffer.allocUnsafeSlow(bytes);
  }

  /** `buffer` came from {@link take}, and nobody reads or writes it any more. */
  giveBack(buffer: Uint8Array): void {
    if (buffer.length !== this.#bufferBytes) {
      this.#bufferBytes = buffer.length;
      this.#free.length = 0;
    }
    if ((this.#free.length + 1) * buffer.length <= KEPT_BYTES) this.#free.push(buffer);
  }
}
