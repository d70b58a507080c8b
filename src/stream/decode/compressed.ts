/**
 * Samples that a detector compressed: LZ4, and bit planes compressed by LZ4, bare or in the framing of HDF5's filters.
 *
 * The framings after "LZ4 HDF5 format" (HDFGroup/hdf5_plugins) and bitshuffle's HDF5 filter: the size of all, 8 bytes, and of a block,
 * 4 bytes, then each block after its own compressed size, 4 bytes; all big-endian.
 *
 * @module
 */
import type { SampleCompression } from "../source/source.js";
import { unshuffleBits } from "./bitshuffle.js";
import { viewOf } from "./byte-source.js";
import { decompressLz4Block } from "./lz4.js";
import { corrupt } from "./refusals.js";

/** Bytes before the first block. */
const FRAMING_BYTES = 12;
/** Bytes before each block. */
const BLOCK_SIZE_BYTES = 4;
/** Bitshuffle works on as many elements, or on multiples of them; what is left at the end lies there as it is. */
const SHUFFLED_ELEMENTS = 8;
/** Most that LZ4 gives for a byte: a length continues by 255 a byte. */
const LZ4_RATIO = 255;

/**
 * The `size` bytes that `bytes` stand for, in a buffer of their own. Raises FrameRejectedError `corrupt` where they stand for more or fewer;
 * allocates nothing that so few bytes cannot fill.
 */
export function decompress(bytes: Uint8Array, compression: SampleCompression, size: number): Uint8Array<ArrayBuffer> {
  if (size > LZ4_RATIO * bytes.length)
    throw corrupt(`${bytes.length} bytes of compressed samples`, `enough for ${size} bytes of samples`);
  const target = new Uint8Array(size);
  switch (compression.kind) {
    case "lz4-block":
      decompressLz4Block(bytes, target);
      break;
    case "lz4":
      decompressLz4(bytes, target);
      break;
    case "bslz4":
      decompressBitshuffled(bytes, target, compression.elementBytes);
  }
  return target;
}

function decompressLz4(bytes: Uint8Array, target: Uint8Array): void {
  const { blocks, blockBytes } = openFraming(bytes, target);
  for (let out = 0; out < target.length; ) {
    const block = blocks.next();
    const part = target.subarray(out, out + blockBytes);
    // A block that compression would not make smaller is stored as it is.
    if (block.length === part.length) part.set(block);
    else decompressLz4Block(block, part);
    out += part.length;
  }
  blocks.end();
}

function decompressBitshuffled(bytes: Uint8Array, target: Uint8Array, elementBytes: number): void {
  const { blocks, blockBytes } = openFraming(bytes, target);
  const unitBytes = SHUFFLED_ELEMENTS * elementBytes;
  if (blockBytes % unitBytes !== 0)
    throw corrupt(`bitshuffle blocks of ${blockBytes} bytes`, `a multiple of ${unitBytes}`);
  const shuffledBytes = target.length - (target.length % unitBytes);
  const scratch = new Uint8Array(Math.min(blockBytes, shuffledBytes));
  for (let out = 0; out < shuffledBytes; ) {
    const part = target.subarray(out, Math.min(out + blockBytes, shuffledBytes));
    const planes = scratch.subarray(0, part.length);
    decompressLz4Block(blocks.next(), planes);
    unshuffleBits(planes, elementBytes, part);
    out += part.length;
  }
  target.set(blocks.rest(target.length - shuffledBytes), shuffledBytes);
  blocks.end();
}

function openFraming(bytes: Uint8Array, target: Uint8Array): { blocks: Blocks; blockBytes: number } {
  if (bytes.length < FRAMING_BYTES) throw corrupt(`${bytes.length} bytes of compressed samples`, "at least 12");
  const view = viewOf(bytes);
  const size = Number(view.getBigUint64(0));
  if (size !== target.length) throw corrupt(`compressed samples of ${size} bytes`, `${target.length} bytes`);
  const blockBytes = view.getUint32(8);
  if (blockBytes < 1) throw corrupt("compressed blocks of 0 bytes", "at least 1 byte");
  return { blocks: new Blocks(bytes, view), blockBytes };
}

/** The compressed blocks, one after the other. */
class Blocks {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = FRAMING_BYTES;

  constructor(bytes: Uint8Array, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
  }

  next(): Uint8Array {
    const lengthAt = this.#at;
    this.rest(BLOCK_SIZE_BYTES);
    return this.rest(this.#view.getUint32(lengthAt));
  }

  /** The next bytes, as they are. */
  rest(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length)
      throw corrupt(`${this.#bytes.length} bytes of compressed samples`, `at least ${end}, as its blocks say`);
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  end(): void {
    if (this.#at < this.#bytes.length)
      throw corrupt(`${this.#bytes.length - this.#at} bytes after the last compressed block`, "none");
  }
}
