/**
 * Reading from a {@link ByteSource}, and bytes in memory as one.
 *
 * @module
 */
import type { ByteSource } from "./format.js";
import { incomplete } from "./refusals.js";

/** Bytes in memory as a source; what it reads are views, not copies. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** Exactly `length` bytes from `offset`. Raises FrameRejectedError `incomplete` where the file ends before; `what` names them. */
export async function readExactly(
  source: ByteSource,
  offset: number,
  length: number,
  what: string,
): Promise<Uint8Array> {
  // The length comes from the file: it is compared with the file's own size before anything of that size is asked for.
  checkWithin(source, offset + length, what);
  const bytes = await source.read(offset, length);
  if (bytes.length < length)
    throw incomplete(`a file that was cut to less than ${source.sizeBytes} bytes before ${what} was read`);
  return bytes;
}

/** Raises FrameRejectedError `incomplete` where a source ends before byte `end`. */
export function checkWithin(source: ByteSource, end: number, what: string): void {
  if (end > source.sizeBytes) throw incomplete(`a file of ${source.sizeBytes} bytes that ends before ${what}`);
}

/** As {@link readExactly}, in a buffer of their own that the caller may keep and change. */
export async function readOwn(
  source: ByteSource,
  offset: number,
  length: number,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  checkWithin(source, offset + length, what);
  const bytes = new Uint8Array(length);
  await readInto(source, offset, bytes, what);
  return bytes;
}

/** Fills `target` with the bytes from `offset`. Raises as {@link readExactly}. */
export async function readInto(
  source: ByteSource,
  offset: number,
  target: Uint8Array<ArrayBuffer>,
  what: string,
): Promise<void> {
  if (source.readInto === undefined) {
    target.set(await readExactly(source, offset, target.length, what));
    return;
  }
  checkWithin(source, offset + target.length, what);
  if ((await source.readInto(offset, target)) < target.length)
    throw incomplete(`a file that was cut to less than ${source.sizeBytes} bytes before ${what} was read`);
}

/** All bytes of a source. Raises FrameRejectedError `incomplete`. */
export function readAll(source: ByteSource): Promise<Uint8Array> {
  return readExactly(source, 0, source.sizeBytes, "its end");
}

/** Big- or little-endian access to bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether every byte is 0; true for none. */
export function isAllZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/**
 * Bytes looked at to tell data from zeros that wait for data. Fewer would doubt every frame with a dark corner, which then is late by
 * the time that the file has to rest; more would overlook a writer that is nearly done.
 */
const TAIL_BYTES = 256;

/** Why `length` bytes of data from `offset` may not be written yet: zeros at their end. `null`: no doubt. */
export async function doubtAboutTail(source: ByteSource, offset: number, length: number): Promise<string | null> {
  const tailBytes = Math.min(TAIL_BYTES, length);
  const tail = await readExactly(source, offset + length - tailBytes, tailBytes, "the end of its image data");
  return isAllZero(tail) ? "zeros where the last image data should be" : null;
}

/**
 * How many of the first `there` pages are written, in a file that may have been allocated before: up to the last whose end is not all zeros, or
 * fewer where others are dark there.
 */
export async function writtenPages(
  source: ByteSource,
  there: number,
  extentOf: (page: number) => { readonly offset: number; readonly length: number },
): Promise<number> {
  const isWritten = async (page: number) => {
    const { offset, length } = extentOf(page);
    return (await doubtAboutTail(source, offset, length)) === null;
  };
  if (there === 0 || (await isWritten(there - 1))) return there;
  // Pages are written in their order: before one that is written, all are.
  let [written, unwritten] = [0, there - 1];
  while (written < unwritten) {
    const middle = (written + unwritten) >> 1;
    if (await isWritten(middle)) written = middle + 1;
    else unwritten = middle;
  }
  return written;
}
