/**
 * Reading a file from its start to its end, a few bytes at a time.
 *
 * @module
 */
import { readExactly, viewOf } from "./byte-source.js";
import type { ByteSource } from "./format.js";

/** Bytes fetched at a time. */
const WINDOW_BYTES = 65_536;

/**
 * A place in a source that moves forward. `need` fetches; what is taken after it was awaited costs no promise each.
 *
 * Raises FrameRejectedError `incomplete` where the file ends before what is needed.
 */
export class ByteCursor {
  readonly #source: ByteSource;
  readonly #what: string;
  #base: number;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;

  /** `what` names what the file must not end before, for a person. */
  constructor(source: ByteSource, offset: number, what: string) {
    this.#source = source;
    this.#base = offset;
    this.#what = what;
  }

  /** Where it stands in the file. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /** Whether `length` bytes can be taken without fetching. */
  has(length: number): boolean {
    return this.#at + length <= this.#view.byteLength;
  }

  /** Makes sure that `length` bytes, at most a window, can be taken. */
  async need(length: number): Promise<void> {
    if (this.has(length)) return;
    const { offset } = this;
    const wanted = Math.max(length, Math.min(WINDOW_BYTES, this.#source.sizeBytes - offset));
    this.#view = viewOf(await readExactly(this.#source, offset, wanted, this.#what));
    this.#base = offset;
    this.#at = 0;
  }

  /** Passes over bytes, which need not be there. */
  skip(length: number): void {
    this.#at += length;
    if (this.#at <= this.#view.byteLength) return;
    this.#base = this.offset;
    this.#at = 0;
    this.#view = new DataView(new ArrayBuffer(0));
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint16(littleEndian: boolean): number {
    return this.#view.getUint16(this.#take(2), littleEndian);
  }

  uint32(littleEndian: boolean): number {
    return this.#view.getUint32(this.#take(4), littleEndian);
  }

  /** Beyond 2^53 it is rounded: no such number is a place in a file. */
  uint64(littleEndian: boolean): number {
    return Number(this.#view.getBigUint64(this.#take(8), littleEndian));
  }

  /** A view of the next bytes. */
  view(length: number): DataView {
    return new DataView(this.#view.buffer, this.#view.byteOffset + this.#take(length), length);
  }

  latin1(length: number): string {
    const { buffer, byteOffset } = this.view(length);
    return Buffer.from(buffer, byteOffset, length).toString("latin1");
  }

  #take(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
