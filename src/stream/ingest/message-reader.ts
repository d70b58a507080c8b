/**
 * Cuts a stream of bytes into ingest messages, whatever pieces it comes in.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { checkHeader, decodePrelude, PRELUDE_BYTES, requireCrc, requireMagic } from "../protocol/ingest-codec.js";

/** A message whose checksums are right. */
export interface IngestMessage<Header> {
  readonly header: Header;
  /** In memory of its own. */
  readonly payload: Uint8Array;
}

/**
 * Reads a header before room is made for its payload: raises what refuses the message. `payloadBytes` is within the limits already.
 */
export type ReadHeader<Header> = (bytes: Uint8Array, payloadBytes: number) => Header;

/** Gives memory for a payload. */
export type Allocate = (bytes: number) => Uint8Array;

/** The payload that is being gathered. */
interface Gathering<Header> {
  readonly header: Header;
  readonly crc: number;
  readonly bytes: Uint8Array;
  filled: number;
  crcSoFar: number;
}

/** What is read at once while no payload is under way; the first part of one comes with it, and is copied. Grows for a longer header. */
const STAGING_BYTES = 16_384;
const NOTHING = new Uint8Array();

/** An incremental parser, which says where the next bytes are to be written: those of a payload go to where they stay. */
export class IngestReader<Header> {
  readonly #readHeader: ReadHeader<Header>;
  readonly #allocate: Allocate;
  #staging = new Uint8Array(STAGING_BYTES);
  /** The bytes of `#staging` that are not used yet. */
  #from = 0;
  #to = 0;
  #gathering: Gathering<Header> | undefined;

  constructor(readHeader: ReadHeader<Header>, allocate: Allocate = ofTheSystem) {
    this.#readHeader = readHeader;
    this.#allocate = allocate;
  }

  /** Whether a message has begun that is not complete. */
  get isWithin(): boolean {
    return this.#from < this.#to || this.#gathering !== undefined;
  }

  /** Where the next bytes go; at least one byte of room. */
  get space(): Uint8Array {
    const gathering = this.#gathering;
    return gathering === undefined ? this.#staging.subarray(this.#to) : gathering.bytes.subarray(gathering.filled);
  }

  /** The messages that are complete with the first `count` bytes of `space`. Raises IngestError; the stream is then unreadable. */
  *filled(count: number): Generator<IngestMessage<Header>> {
    if (this.#gathering === undefined) this.#to += count;
    else add(this.#gathering, this.#gathering.bytes.subarray(this.#gathering.filled, this.#gathering.filled + count));
    for (;;) {
      const gathering = this.#gathering ?? this.#begin();
      if (gathering === undefined || gathering.filled < gathering.bytes.length) return;
      this.#gathering = undefined;
      requireCrc("payload", gathering.crcSoFar, gathering.crc);
      yield { header: gathering.header, payload: gathering.bytes };
    }
  }

  /** Opens the message whose head lies in `#staging`; else makes room for the rest of it. */
  #begin(): Gathering<Header> | undefined {
    const waiting = this.#staging.subarray(this.#from, this.#to);
    requireMagic(waiting);
    if (waiting.length < PRELUDE_BYTES) return this.#makeRoom(PRELUDE_BYTES);
    const { headerBytes, payloadBytes, payloadCrc } = decodePrelude(waiting);
    const headBytes = PRELUDE_BYTES + headerBytes;
    if (waiting.length < headBytes) return this.#makeRoom(headBytes);
    const headerPart = waiting.subarray(PRELUDE_BYTES, headBytes);
    checkHeader(waiting, headerPart, crc32);
    const header = this.#readHeader(headerPart, payloadBytes);
    const bytes = payloadBytes === 0 ? NOTHING : this.#allocate(payloadBytes);
    this.#gathering = { header, crc: payloadCrc, bytes, filled: 0, crcSoFar: 0 };
    const part = waiting.subarray(headBytes, headBytes + payloadBytes);
    bytes.set(part);
    add(this.#gathering, part);
    this.#from += headBytes + part.length;
    return this.#gathering;
  }

  /** Moves what is not used to the beginning of a buffer that has room for `bytes`. */
  #makeRoom(bytes: number): undefined {
    const rest = this.#staging.subarray(this.#from, this.#to);
    if (bytes > this.#staging.length) this.#staging = new Uint8Array(bytes);
    this.#staging.set(rest);
    this.#from = 0;
    this.#to = rest.length;
  }
}

/** Counts a part of a payload that is in its place. */
function add<Header>(gathering: Gathering<Header>, part: Uint8Array): void {
  // zlib begins anew where a buffer is nowhere, as an empty one is.
  if (part.length === 0) return;
  gathering.filled += part.length;
  gathering.crcSoFar = crc32(part, gathering.crcSoFar);
}

/** Not of a pool: a frame lives for as long as it takes. */
function ofTheSystem(bytes: number): Uint8Array {
  return Buffer.allocUnsafeSlow(bytes);
}
