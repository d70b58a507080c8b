/**
 * The first bytes of an HDF5 file, which say where it ends.
 *
 * After "HDF5 File Format Specification Version 3.0", II.A. This is all of HDF5 that is read without the library, so that a file that is
 * still being written costs next to nothing.
 *
 * @module
 */
import { readExactly, viewOf } from "../byte-source.js";
import type { ByteSource, Match } from "../format.js";
import { matchMagic } from "../format.js";
import { corrupt, incomplete, unsupported } from "../refusals.js";

const SIGNATURE = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);
/** A user's own bytes may come first: 512 of them here, the least there can be. */
const USER_BLOCK_BYTES = 512;
/** Bytes of the longest superblock. */
const SUPERBLOCK_BYTES = 100;
/** Set in `consistency` while a program writes to the file, and for good if it dies. */
const OPEN_FOR_WRITING = 0b001;

export function matchHdf5(head: Uint8Array): Match {
  const atStart = matchMagic(head, SIGNATURE);
  if (atStart !== "no") return atStart;
  const behindUserBlock = matchMagic(head.subarray(USER_BLOCK_BYTES), SIGNATURE);
  return behindUserBlock === "yes" ? "yes" : "no";
}

/** Where an HDF5 file ends, bytes. Raises FrameRejectedError `incomplete` where it does not yet say, `unsupported`, `corrupt`. */
export async function readHdf5End(source: ByteSource): Promise<number> {
  const head = await source.read(0, USER_BLOCK_BYTES + SUPERBLOCK_BYTES);
  const start = matchMagic(head, SIGNATURE) === "yes" ? 0 : USER_BLOCK_BYTES;
  const view = viewOf(
    await readExactly(source, start, Math.min(SUPERBLOCK_BYTES, source.sizeBytes - start), "its superblock"),
  );
  if (view.byteLength < 48)
    throw incomplete(`a file of ${source.sizeBytes} bytes that ends within its HDF5 superblock`);
  const version = view.getUint8(8);
  if (version > 3) throw unsupported(`an HDF5 superblock of version ${version}`, "version 0 to 3");
  const isOld = version < 2;
  const offsetBytes = view.getUint8(isOld ? 13 : 9);
  if (offsetBytes === 0) throw incomplete("an HDF5 superblock that is not yet written");
  if (offsetBytes !== 4 && offsetBytes !== 8) throw corrupt(`HDF5 offsets of ${offsetBytes} bytes`, "4 or 8");
  if (version === 3 && (view.getUint8(11) & OPEN_FOR_WRITING) !== 0)
    throw incomplete("an HDF5 file that is open for writing");
  // The base address, another one, then the end.
  const baseAt = isOld ? (version === 0 ? 24 : 28) : 12;
  const endAt = baseAt + 2 * offsetBytes;
  if (endAt + offsetBytes > view.byteLength)
    throw incomplete(`a file of ${source.sizeBytes} bytes that ends within its HDF5 superblock`);
  const end = offsetBytes === 8 ? Number(view.getBigUint64(endAt, true)) : view.getUint32(endAt, true);
  if (end === 0) throw incomplete("an HDF5 superblock that does not yet say where the file ends");
  return end;
}
