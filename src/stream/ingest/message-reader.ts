/**
 * Cuts a stream of chunks into ingest messages, whatever the chunks are.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import {
  checkHeader,
  decodePrelude,
  PRELUDE_BYTES,
  type Prelude,
  requireCrc,
  requireMagic,
} from "../protocol/ingest-codec.js";

/** A message whose checksums are right. */
export interface IngestMessage<Header> {
  readonly header: Header;
  /** A part of the chunk that held it whole, else a buffer of its own. */
  readonly payload: Uint8Array;
}

/**
 * Reads a header before room is made for its payload: raises what refuses the message. `payloadBytes` is within the limits already.
 */
export type ReadHeader<Header> = (bytes: Uint8Array, payloadBytes: number) => Header;

/** The payload that is being gathered. */
interface Gathering<Header> {
  readonly header: Header;
  readonly crc: number;
  readonly bytes: Uint8Array;
  filled: number;
  crcSoFar: number;
}

const NOTHING = new Uint8Array();

/** An incremental parser. A payload is copied once, from the chunks it came in, or not at all where one chunk holds it. */
export class IngestReader<Header> {
  readonly #readHeader: ReadHeader<Header>;
  /** Room for prelude and header where they do not lie in one chunk, and how far it is filled. */
  #begun: Uint8Array = NOTHING;
  #begunBytes = 0;
  #gathering: Gathering<Header> | undefined;

  constructor(readHeader: ReadHeader<Header>) {
    this.#readHeader = readHeader;
  }

  /** Whether a message has begun that is not complete. */
  get isWithin(): boolean {
    return this.#begun.length > 0 || this.#gathering !== undefined;
  }

  /** The messages that are complete with `chunk`, which nobody may change afterwards. Raises IngestError; the stream is then unreadable. */
  *read(chunk: Uint8Array): Generator<IngestMessage<Header>> {
    let rest = chunk;
    while (rest.length > 0) {
      const step = this.#gathering === undefined ? this.#readHead(rest) : this.#gather(rest, this.#gathering);
      rest = step.rest;
      if (step.message !== undefined) yield step.message;
    }
  }

  #readHead(chunk: Uint8Array): Step<Header> {
    if (this.#begun.length === 0 && chunk.length >= PRELUDE_BYTES) {
      const prelude = decodePrelude(chunk);
      const headBytes = PRELUDE_BYTES + prelude.headerBytes;
      if (chunk.length >= headBytes)
        return this.#begin(prelude, chunk.subarray(0, headBytes), chunk.subarray(headBytes));
    }
    return this.#gatherHead(chunk);
  }

  /** A head that does not lie in one chunk: its prelude first, which says how long it is. */
  #gatherHead(chunk: Uint8Array): Step<Header> {
    if (this.#begun.length === 0) this.#begun = new Uint8Array(PRELUDE_BYTES);
    const part = chunk.subarray(0, this.#begun.length - this.#begunBytes);
    this.#begun.set(part, this.#begunBytes);
    this.#begunBytes += part.length;
    const rest = chunk.subarray(part.length);
    requireMagic(this.#begun.subarray(0, this.#begunBytes));
    if (this.#begunBytes < this.#begun.length) return { rest };
    const head = this.#begun;
    const prelude = decodePrelude(head);
    if (head.length === PRELUDE_BYTES && prelude.headerBytes > 0) {
      this.#begun = new Uint8Array(PRELUDE_BYTES + prelude.headerBytes);
      this.#begun.set(head);
      return { rest };
    }
    this.#begun = NOTHING;
    this.#begunBytes = 0;
    return this.#begin(prelude, head, rest);
  }

  #begin(prelude: Prelude, head: Uint8Array, rest: Uint8Array): Step<Header> {
    const { payloadBytes, payloadCrc } = prelude;
    const headerBytes = head.subarray(PRELUDE_BYTES);
    checkHeader(head, headerBytes, crc32);
    const header = this.#readHeader(headerBytes, payloadBytes);
    if (rest.length >= payloadBytes) {
      const payload = rest.subarray(0, payloadBytes);
      requireCrc("payload", crc32(payload), payloadCrc);
      return { rest: rest.subarray(payloadBytes), message: { header, payload } };
    }
    // Of the system at once, not of a pool: a frame lives for as long as it takes.
    const bytes = Buffer.allocUnsafeSlow(payloadBytes);
    this.#gathering = { header, crc: payloadCrc, bytes, filled: 0, crcSoFar: 0 };
    return { rest };
  }

  #gather(chunk: Uint8Array, gathering: Gathering<Header>): Step<Header> {
    const { header, crc, bytes, filled } = gathering;
    const part = chunk.subarray(0, bytes.length - filled);
    bytes.set(part, filled);
    gathering.filled += part.length;
    gathering.crcSoFar = crc32(part, gathering.crcSoFar);
    const rest = chunk.subarray(part.length);
    if (gathering.filled < bytes.length) return { rest };
    this.#gathering = undefined;
    requireCrc("payload", gathering.crcSoFar, crc);
    return { rest, message: { header, payload: bytes } };
  }
}

interface Step<Header> {
  readonly rest: Uint8Array;
  readonly message?: IngestMessage<Header>;
}
