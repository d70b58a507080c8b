/**
 * CBOR (RFC 8949): bytes -> values, bounded, without a copy of what is binary.
 *
 * @module
 */
import { detectorError } from "../detector/errors.js";

/** Byte strings are views of the message; integers beyond 2^53 are rounded. */
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap | CborTag;
/** Keys that are numbers are given as text. */
export type CborMap = ReadonlyMap<string, CborValue>;

/** A value and what it is to be taken as. */
export class CborTag {
  readonly tag: number;
  readonly value: CborValue;

  constructor(tag: number, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

/** Deepest nesting; a message of a detector has about 6 levels. */
const DEPTH_LIMIT = 32;
/** Most values in a message: each costs memory that its byte in the message does not. */
const VALUE_LIMIT = 1_000_000;
/** Stands for the end of what has no stated length. */
const BREAK = Symbol("break");

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;
const INDEFINITE = 31;

/** The one value that `bytes` are. Raises DetectorMessageError. */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const reader = new CborReader(bytes);
  const value = reader.value();
  if (reader.left > 0) throw broken(`${reader.left} bytes after its end`);
  return value;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #depth = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  value(): CborValue {
    const item = this.#item();
    if (item === BREAK) throw broken("an end of something that has not begun");
    return item;
  }

  #item(): CborValue | typeof BREAK {
    this.#values += 1;
    if (this.#values > VALUE_LIMIT) throw broken(`more than ${VALUE_LIMIT} values`);
    const initial = this.#take(1)[0] ?? 0;
    const [major, info] = [initial >> 5, initial & 31];
    if (major === MAJOR.simple) return this.#simple(info);
    if (info === INDEFINITE) return this.#indefinite(major);
    const argument = this.#argument(info);
    switch (major) {
      case MAJOR.unsigned:
        return argument;
      case MAJOR.negative:
        return -1 - argument;
      case MAJOR.bytes:
        return this.#take(argument);
      case MAJOR.text:
        return textFrom(this.#take(argument));
      case MAJOR.array:
        return this.#nested(() => this.#array(argument));
      case MAJOR.map:
        return this.#nested(() => this.#map(argument));
      default:
        return this.#nested(() => new CborTag(argument, this.value()));
    }
  }

  /** The number in, or after, the first byte of an item. */
  #argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) throw broken(`an item of the reserved kind ${info}`);
    const at = this.#at;
    this.#take(2 ** (info - 24));
    if (info === 24) return this.#view.getUint8(at);
    if (info === 25) return this.#view.getUint16(at);
    if (info === 26) return this.#view.getUint32(at);
    return Number(this.#view.getBigUint64(at));
  }

  #simple(info: number): CborValue | typeof BREAK {
    if (info === 20 || info === 21) return info === 21;
    if (info === 22 || info === 23) return null;
    if (info === INDEFINITE) return BREAK;
    const at = this.#at;
    if (info === 25) return halfFrom(this.#argument(info));
    if (info === 26 || info === 27) {
      this.#argument(info);
      return info === 26 ? this.#view.getFloat32(at) : this.#view.getFloat64(at);
    }
    throw broken(`a simple value of the unknown kind ${info}`);
  }

  #indefinite(major: number): CborValue {
    return this.#nested(() => {
      if (major === MAJOR.array) return [...this.#untilBreak()];
      if (major === MAJOR.map) return this.#map(Number.POSITIVE_INFINITY);
      const chunks = [...this.#untilBreak()];
      if (major === MAJOR.text && chunks.every((chunk) => typeof chunk === "string")) return chunks.join("");
      if (major === MAJOR.bytes && chunks.every((chunk) => chunk instanceof Uint8Array)) return Buffer.concat(chunks);
      throw broken(`an item of kind ${major} without a length`);
    });
  }

  *#untilBreak(): Generator<CborValue> {
    for (let item = this.#item(); item !== BREAK; item = this.#item()) yield item;
  }

  #array(length: number): CborValue[] {
    const items: CborValue[] = [];
    for (let i = 0; i < length; i++) items.push(this.value());
    return items;
  }

  #map(length: number): CborMap {
    const entries = new Map<string, CborValue>();
    for (let i = 0; i < length; i++) {
      const key = this.#item();
      if (key === BREAK && length === Number.POSITIVE_INFINITY) break;
      if (typeof key !== "string" && typeof key !== "number") throw broken("a key that is neither text nor a number");
      entries.set(String(key), this.value());
    }
    return entries;
  }

  #nested<Result>(read: () => Result): Result {
    this.#depth += 1;
    if (this.#depth > DEPTH_LIMIT) throw broken(`more than ${DEPTH_LIMIT} levels`);
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #take(length: number): Uint8Array {
    if (length > this.left) throw broken(`${this.left} bytes where ${length} should follow`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function textFrom(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw broken("text that is not UTF-8", cause);
  }
}

function halfFrom(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 0x3ff];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function broken(received: string, cause?: unknown): Error {
  return detectorError(`a CBOR message with ${received}`, "one well-formed CBOR value (RFC 8949)", cause);
}
