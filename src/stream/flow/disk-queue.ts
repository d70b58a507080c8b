/**
 * A queue on disk: first in, first out, bounded in bytes, and still there after the process has died.
 *
 * Entries are appended to segment files; a segment is removed when all its entries are released. An entry is 16 bytes (magic, length of the
 * head, length of the bytes, CRC-32 of both), its head as JSON, and its bytes. What a process that died has left incomplete at the end of a
 * segment is no entry. Nothing is flushed: entries survive the process, not the loss of power.
 *
 * @module
 */
import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

export interface DiskQueueOptions {
  readonly dir: string;
  /** Files that are not removed yet, bytes; above it the queue is full. */
  readonly limitBytes: number;
  /** Size at which a new segment is begun, bytes. */
  readonly segmentBytes?: number;
}

/** What comes out. It is on disk until it is released. */
export interface DiskEntry {
  readonly head: unknown;
  /** `null`: they are not those that were written. */
  readonly bytes: Uint8Array | null;
  /** Lets the entry go; once. */
  readonly release: () => Promise<void>;
}

const MAGIC = 0x3170_736f; // "osp1"
const PRELUDE_BYTES = 16;
const HEAD_LIMIT_BYTES = 65_536;
const SEGMENT_BYTES = 134_217_728;
const SUFFIX = ".spool";

interface Segment {
  readonly path: string;
  readonly file: FileHandle;
  /** End of its last entry. */
  toBytes: number;
  /** Where the next entry to come out begins. */
  fromBytes: number;
  /** Entries that are not released. */
  held: number;
}

export class DiskQueue {
  readonly #options: DiskQueueOptions;
  /** Oldest first; entries are appended to the last. */
  readonly #segments: Segment[] = [];
  #nextNumber: number;
  #length = 0;
  /** One operation at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: DiskQueueOptions, nextNumber: number) {
    this.#options = options;
    this.#nextNumber = nextNumber;
  }

  /** Opens the queue of a folder, which is made, and tells the head of each entry that is there, oldest first. Raises the errors of the file system. */
  static async open(options: DiskQueueOptions, onHead: (head: unknown) => void = () => undefined): Promise<DiskQueue> {
    await mkdir(options.dir, { recursive: true });
    const names = (await readdir(options.dir)).filter((name) => name.endsWith(SUFFIX)).sort();
    const queue = new DiskQueue(options, Number.parseInt(names.at(-1) ?? "0", 10) + 1);
    for (const name of names) await queue.#restore(join(options.dir, name), onHead);
    return queue;
  }

  /** Entries that have not come out. */
  get length(): number {
    return this.#length;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#segments.reduce((sum, { toBytes }) => sum + toBytes, 0);
  }

  get isFull(): boolean {
    return this.bytes >= this.#options.limitBytes;
  }

  /** Appends an entry. Raises the errors of the file system; nothing is appended then. */
  push(head: unknown, bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      const segment = await this.#writable();
      const text = Buffer.from(JSON.stringify(head));
      const prelude = Buffer.allocUnsafe(PRELUDE_BYTES);
      prelude.writeUInt32LE(MAGIC, 0);
      prelude.writeUInt32LE(text.length, 4);
      prelude.writeUInt32LE(bytes.length, 8);
      prelude.writeUInt32LE(checksum(text, bytes), 12);
      const size = PRELUDE_BYTES + text.length + bytes.length;
      const { bytesWritten } = await segment.file.writev([prelude, text, bytes], segment.toBytes);
      if (bytesWritten < size) throw new Error(`${bytesWritten} of ${size} bytes were written`);
      segment.toBytes += size;
      segment.held += 1;
      this.#length += 1;
    });
  }

  /** Takes the oldest entry out; `undefined`: there is none. Raises the errors of the file system; the entry then stays. */
  shift(): Promise<DiskEntry | undefined> {
    return this.#inTurn(async () => {
      const segment = this.#segments.find(({ fromBytes, toBytes }) => fromBytes < toBytes);
      if (segment === undefined) return undefined;
      const { head, bytesAt, byteCount, crc, text } = await readHead(segment.file, segment.fromBytes);
      // Of the system at once, not of a pool: a frame lives for as long as it takes.
      const bytes = Buffer.allocUnsafeSlow(byteCount);
      const { bytesRead } = byteCount === 0 ? { bytesRead: 0 } : await segment.file.read(bytes, 0, byteCount, bytesAt);
      const isWhole = bytesRead === byteCount && checksum(text, bytes) === crc;
      segment.fromBytes = bytesAt + byteCount;
      this.#length -= 1;
      return { head, bytes: isWhole ? bytes : null, release: () => this.#release(segment) };
    });
  }

  /** Lets go of the files; what is in them stays. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      for (const { file } of this.#segments.splice(0)) await file.close();
    });
  }

  #release(segment: Segment): Promise<void> {
    return this.#inTurn(async () => {
      segment.held -= 1;
      const index = this.#segments.indexOf(segment);
      if (segment.held > 0 || index < 0) return;
      this.#segments.splice(index, 1);
      await segment.file.close();
      await rm(segment.path, { force: true });
    });
  }

  async #writable(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.toBytes < (this.#options.segmentBytes ?? SEGMENT_BYTES)) return last;
    const path = join(this.#options.dir, `${String(this.#nextNumber).padStart(9, "0")}${SUFFIX}`);
    const segment = { path, file: await open(path, "wx+", 0o600), toBytes: 0, fromBytes: 0, held: 0 };
    this.#nextNumber += 1;
    this.#segments.push(segment);
    return segment;
  }

  async #restore(path: string, onHead: (head: unknown) => void): Promise<void> {
    const file = await open(path, "r+");
    const { size } = await file.stat();
    const segment: Segment = { path, file, toBytes: 0, fromBytes: 0, held: 0 };
    for (;;) {
      const found = await readHead(file, segment.toBytes).catch(() => null);
      if (found === null || found.bytesAt + found.byteCount > size) break;
      segment.toBytes = found.bytesAt + found.byteCount;
      segment.held += 1;
      onHead(found.head);
    }
    this.#length += segment.held;
    if (segment.held > 0) this.#segments.push(segment);
    else {
      await file.close();
      await rm(path, { force: true });
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

/** Of head and bytes. zlib begins anew where a buffer is nowhere, as an empty one is. */
function checksum(text: Uint8Array, bytes: Uint8Array): number {
  return bytes.length === 0 ? crc32(text) : crc32(bytes, crc32(text));
}

/** What stands before the bytes of an entry. Raises where there is none. */
async function readHead(file: FileHandle, at: number) {
  const prelude = Buffer.alloc(PRELUDE_BYTES);
  await file.read(prelude, 0, PRELUDE_BYTES, at);
  if (prelude.readUInt32LE(0) !== MAGIC) throw new RangeError(`no entry at byte ${at}`);
  const textBytes = prelude.readUInt32LE(4);
  if (textBytes > HEAD_LIMIT_BYTES) throw new RangeError(`a head of ${textBytes} bytes, at most ${HEAD_LIMIT_BYTES}`);
  const text = Buffer.alloc(textBytes);
  await file.read(text, 0, text.length, at + PRELUDE_BYTES);
  const head: unknown = JSON.parse(text.toString());
  const bytesAt = at + PRELUDE_BYTES + text.length;
  return { head, text, bytesAt, byteCount: prelude.readUInt32LE(8), crc: prelude.readUInt32LE(12) };
}
