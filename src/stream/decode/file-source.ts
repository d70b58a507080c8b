/**
 * An open file as a {@link ByteSource}.
 *
 * @module
 */
import type { FileHandle } from "node:fs/promises";
import type { ByteSource, SourceFile } from "./format.js";

/**
 * Bytes read ahead, so that a walk over the chunks of a PNG (8 kB each from libpng) or over the tags of a TIFF takes few system
 * calls.
 */
const WINDOW_BYTES = 32_768;

/** One read of a file gives at most 2 GiB; half of it is asked for at a time. */
const READ_STEP_BYTES = 2 ** 30;

/** The first `sizeBytes` of an open file, and `file`, what else it is. The handle stays the caller's. */
export function fileSource(handle: FileHandle, sizeBytes: number, file: SourceFile): ByteSource {
  let ahead = { offset: 0, bytes: new Uint8Array(0) };
  return {
    sizeBytes,
    file,
    readInto: (offset, target) => fill(handle, offset, target.subarray(0, Math.max(0, sizeBytes - offset))),
    read: async (offset, length) => {
      const wanted = Math.max(0, Math.min(length, sizeBytes - offset));
      if (wanted === 0 || wanted >= WINDOW_BYTES) return readFully(handle, offset, wanted);
      const at = offset - ahead.offset;
      if (at >= 0 && at + wanted <= ahead.bytes.length) return ahead.bytes.subarray(at, at + wanted);
      const bytes = await readFully(handle, offset, Math.min(WINDOW_BYTES, sizeBytes - offset));
      ahead = { offset, bytes };
      return bytes.subarray(0, wanted);
    },
  };
}

/** The `length` bytes from `offset`, fewer where the file was cut meanwhile. */
async function readFully(handle: FileHandle, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, await fill(handle, offset, bytes));
}

async function fill(handle: FileHandle, offset: number, target: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const wanted = Math.min(target.length - filled, READ_STEP_BYTES);
    const { bytesRead } = await handle.read(target, filled, wanted, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
