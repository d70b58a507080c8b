/**
 * TIFF and BigTIFF down to tags: header, chain of directories (IFDs), values.
 *
 * After "TIFF Revision 6.0" (Adobe, 1992) and "BigTIFF" (libtiff). Every count and offset is compared with the size of the file
 * before anything of that size is read.
 *
 * @module
 */
import { isAllZero, readExactly, viewOf } from "./byte-source.js";
import type { ByteSource } from "./format.js";
import { corrupt, incomplete } from "./refusals.js";

/** An open TIFF: where its bytes are and how its numbers are written. */
export interface TiffFile {
  readonly source: ByteSource;
  readonly littleEndian: boolean;
  /** BigTIFF: offsets of 8 bytes. */
  readonly big: boolean;
  readonly firstDirectory: number;
}

export interface TiffTag {
  readonly type: number;
  readonly count: number;
  /** Where its values begin in the file. */
  readonly offset: number;
}

export interface TiffDirectory {
  readonly offset: number;
  readonly tags: ReadonlyMap<number, TiffTag>;
  /** Offset of the next directory, 0 for the last. */
  readonly next: number;
  /** Bytes by which image data lie further on than the tags say; absent: none. */
  readonly shiftBytes?: number;
}

/** Bytes a value, by field type (section 2 of the specification; 16 to 18 BigTIFF). */
const TYPE_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};

/** More tags than any writer puts into a directory. */
const TAGS_LIMIT = 4_096;
/** Most values read of one tag: strips of one row each, or tiles of 64 px, of the largest frame are far fewer. */
const VALUES_LIMIT = 262_144;
/** Most characters read of a text. */
const TEXT_LIMIT = 65_536;

/** TIFF and BigTIFF, little- and big-endian. */
export const TIFF_MAGICS: readonly Uint8Array[] = [
  Uint8Array.of(0x49, 0x49, 42, 0),
  Uint8Array.of(0x49, 0x49, 43, 0),
  Uint8Array.of(0x4d, 0x4d, 0, 42),
  Uint8Array.of(0x4d, 0x4d, 0, 43),
];

export async function readTiffHeader(source: ByteSource): Promise<TiffFile> {
  const head = await readExactly(source, 0, 8, "the end of its TIFF header");
  const littleEndian = head[0] === 0x49;
  const big = viewOf(head).getUint16(2, littleEndian) === 43;
  if (!big) return { source, littleEndian, big, firstDirectory: viewOf(head).getUint32(4, littleEndian) };
  const rest = await readExactly(source, 8, 8, "the end of its BigTIFF header");
  return { source, littleEndian, big, firstDirectory: offsetFrom(viewOf(rest), 0, littleEndian) };
}

/** An 8-byte offset; beyond 2^53 it lies outside every file and stays so as a number. */
function offsetFrom(view: DataView, at: number, littleEndian: boolean): number {
  return Number(view.getBigUint64(at, littleEndian));
}

/**
 * The directories of the file, in the order of its chain.
 *
 * Raises FrameRejectedError `incomplete` where one is not there yet, `corrupt` where the chain is a loop (Brent's algorithm, which
 * needs no memory for the way it came).
 */
export async function* directoriesOf(file: TiffFile): AsyncGenerator<TiffDirectory> {
  let offset = file.firstDirectory;
  if (offset === 0) throw incomplete("a TIFF header that does not yet name its first directory");
  let landmark = 0;
  for (let steps = 0, stride = 1; offset !== 0; steps++) {
    if (offset === landmark) throw corrupt(`TIFF directories in a loop at byte ${offset}`, "a chain that ends");
    if (steps === stride) {
      landmark = offset;
      stride *= 2;
      steps = 0;
    }
    const directory = await readDirectory(file, offset);
    yield directory;
    offset = directory.next;
  }
}

export async function readDirectory(file: TiffFile, offset: number): Promise<TiffDirectory> {
  const { source, littleEndian, big } = file;
  const [countBytes, entryBytes, offsetBytes] = big ? [8, 20, 8] : [2, 12, 4];
  const what = `the directory at byte ${offset}`;
  const head = viewOf(await readExactly(source, offset, countBytes, what));
  const count = big ? offsetFrom(head, 0, littleEndian) : head.getUint16(0, littleEndian);
  if (count === 0) throw incomplete(`an empty directory at byte ${offset}, which is not yet written`);
  if (count > TAGS_LIMIT) throw corrupt(`a TIFF directory of ${count} tags`, `at most ${TAGS_LIMIT}`);
  const body = viewOf(await readExactly(source, offset + countBytes, count * entryBytes + offsetBytes, what));
  const tags = new Map<number, TiffTag>();
  for (let at = 0; at < count * entryBytes; at += entryBytes) {
    checkWritten(body, at, entryBytes, offset);
    const tag = tagAt(file, body, at, offset + countBytes);
    tags.set(body.getUint16(at, littleEndian), tag);
  }
  const nextAt = count * entryBytes;
  const next = big ? offsetFrom(body, nextAt, littleEndian) : body.getUint32(nextAt, littleEndian);
  return { offset, tags, next };
}

/** Zeros where an entry should be: the space is allocated, the writer not there yet. Read as tags they would be left out silently. */
function checkWritten(body: DataView, at: number, entryBytes: number, offset: number): void {
  if (isAllZero(new Uint8Array(body.buffer, body.byteOffset + at, entryBytes))) {
    throw incomplete(`a TIFF directory at byte ${offset} that is not yet written to its end`);
  }
}

/** The entry at `at` of a directory whose entries begin at `base` in the file. Short values stand in the entry itself. */
function tagAt(file: TiffFile, body: DataView, at: number, base: number): TiffTag {
  const { littleEndian, big } = file;
  const type = body.getUint16(at + 2, littleEndian);
  const count = big ? offsetFrom(body, at + 4, littleEndian) : body.getUint32(at + 4, littleEndian);
  const valueAt = at + (big ? 12 : 8);
  if (count * (TYPE_BYTES[type] ?? 1) <= (big ? 8 : 4)) return { type, count, offset: base + valueAt };
  return { type, count, offset: big ? offsetFrom(body, valueAt, littleEndian) : body.getUint32(valueAt, littleEndian) };
}

/** The values of a numeric tag, rationals as quotients; none where the directory does not have it. */
export async function readNumbers(file: TiffFile, directory: TiffDirectory, id: number): Promise<Float64Array> {
  const tag = directory.tags.get(id);
  if (tag === undefined) return new Float64Array(0);
  const valueBytes = TYPE_BYTES[tag.type];
  if (valueBytes === undefined || tag.type === 2) throw corrupt(`TIFF tag ${id} of type ${tag.type}`, "a number");
  if (tag.count > VALUES_LIMIT) throw corrupt(`TIFF tag ${id} of ${tag.count} values`, `at most ${VALUES_LIMIT}`);
  const bytes = await readExactly(file.source, tag.offset, tag.count * valueBytes, `the values of TIFF tag ${id}`);
  const view = viewOf(bytes);
  return Float64Array.from({ length: tag.count }, (_, i) =>
    numberAt(view, i * valueBytes, tag.type, file.littleEndian),
  );
}

/** The first value of a numeric tag, or `fallback` where there is none. */
export async function readNumber(
  file: TiffFile,
  directory: TiffDirectory,
  id: number,
  fallback: number,
): Promise<number> {
  return (await readNumbers(file, directory, id))[0] ?? fallback;
}

/** The bytes of a tag of bytes, at most {@link TEXT_LIMIT} of them; none where there is none. */
export async function readBytes(file: TiffFile, directory: TiffDirectory, id: number): Promise<Uint8Array> {
  const tag = directory.tags.get(id);
  if (tag === undefined || TYPE_BYTES[tag.type] !== 1 || tag.count > TEXT_LIMIT) return new Uint8Array(0);
  return readExactly(file.source, tag.offset, tag.count, `the bytes of TIFF tag ${id}`);
}

/** A text of Latin-1 characters up to its NUL, at most {@link TEXT_LIMIT} of them; "" where there is none. */
export async function readText(file: TiffFile, directory: TiffDirectory, id: number): Promise<string> {
  const [text = ""] = (await readPaddedText(file, directory, id)).split("\0", 1);
  return text;
}

/** As {@link readText}, with what is behind its NULs: some makers fill up each line with them. */
export async function readPaddedText(file: TiffFile, directory: TiffDirectory, id: number): Promise<string> {
  const tag = directory.tags.get(id);
  if (tag === undefined || TYPE_BYTES[tag.type] !== 1) return "";
  const length = Math.min(tag.count, TEXT_LIMIT);
  const bytes = await readExactly(file.source, tag.offset, length, `the text of TIFF tag ${id}`);
  return Buffer.from(bytes).toString("latin1");
}

function numberAt(view: DataView, at: number, type: number, littleEndian: boolean): number {
  switch (type) {
    case 3:
      return view.getUint16(at, littleEndian);
    case 4:
    case 13:
      return view.getUint32(at, littleEndian);
    case 5:
      return view.getUint32(at, littleEndian) / view.getUint32(at + 4, littleEndian);
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, littleEndian);
    case 9:
      return view.getInt32(at, littleEndian);
    case 10:
      return view.getInt32(at, littleEndian) / view.getInt32(at + 4, littleEndian);
    case 11:
      return view.getFloat32(at, littleEndian);
    case 12:
      return view.getFloat64(at, littleEndian);
    case 16:
    case 18:
      return offsetFrom(view, at, littleEndian);
    case 17:
      return Number(view.getBigInt64(at, littleEndian));
    default:
      return view.getUint8(at);
  }
}
