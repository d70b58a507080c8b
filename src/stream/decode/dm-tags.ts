/**
 * The tag tree of a DigitalMicrograph file, version 3 or 4.
 *
 * Gatan publishes no specification; after "Description of the DM3 / DM4 file format" (G. Jefferis; B. Schaffer's notes). All numbers of the
 * tree's own structure are big-endian, the values have the order that the header states.
 *
 * @module
 */
import { ByteCursor } from "./byte-cursor.js";
import type { ByteSource } from "./format.js";
import { corrupt, incomplete } from "./refusals.js";
import { SAMPLE_BYTES, type SampleKind } from "./samples.js";

/** An array: where its elements lie. Texts are arrays of 16 bit numbers like others; a short one is given as text too. */
export interface DmArray {
  readonly kind: SampleKind;
  readonly count: number;
  readonly offset: number;
  readonly text: string | null;
}

export type DmValue = number | DmArray | DmGroup;

/** Tags in the order of the file; the names in a list are empty. */
export interface DmGroup {
  readonly entries: readonly (readonly [name: string, value: DmValue])[];
}

export interface DmTree {
  readonly littleEndian: boolean;
  readonly root: DmGroup;
}

/** Encoded types of values; 9 and 10 are characters. */
const KINDS: Readonly<Record<number, SampleKind>> = {
  2: "i16",
  3: "i32",
  4: "u16",
  5: "u32",
  6: "f32",
  7: "f64",
  8: "u8",
  9: "i8",
  10: "i8",
  11: "i64",
  12: "u64",
};
const STRUCT = 15;
const STRING = 18;
const ARRAY = 20;
const TAG = { none: 0, group: 20, data: 21 } as const;

/** Longest array of 16 bit numbers that is taken for a text. */
const TEXT_CHARACTERS = 4_096;
/** More tags, groups within groups, and words of a description than any file has. */
const LIMIT = { tags: 500_000, depth: 64, words: 4_096 } as const;

/** Bytes before the tree. */
export function dmHeaderBytes(version: number): number {
  return version === 4 ? 16 : 12;
}

/** Reads the whole tree. Raises FrameRejectedError `incomplete` where the file ends before it does, `corrupt`. */
export async function readDmTree(source: ByteSource): Promise<DmTree> {
  const cursor = new ByteCursor(source, 0, "the end of its tags");
  await cursor.need(dmHeaderBytes(3));
  const version = cursor.uint32(false);
  cursor.skip(version === 4 ? 8 : 4);
  await cursor.need(4);
  const littleEndian = cursor.uint32(false) === 1;
  const walk = new TreeWalk(cursor, version === 4, littleEndian);
  const root = await walk.group(0);
  if (cursor.offset > source.sizeBytes)
    throw incomplete(`a file of ${source.sizeBytes} bytes that ends before the end of its tags`);
  return { littleEndian, root };
}

/** How a value is laid out. */
type Encoding =
  | { readonly type: "number"; readonly kind: SampleKind }
  | { readonly type: "struct"; readonly kinds: readonly SampleKind[] }
  | { readonly type: "string"; readonly characters: number }
  | { readonly type: "array"; readonly element: Encoding; readonly count: number };

class TreeWalk {
  readonly #cursor: ByteCursor;
  readonly #isLong: boolean;
  readonly #littleEndian: boolean;
  #tags = 0;

  constructor(cursor: ByteCursor, isLong: boolean, littleEndian: boolean) {
    this.#cursor = cursor;
    this.#isLong = isLong;
    this.#littleEndian = littleEndian;
  }

  async group(depth: number): Promise<DmGroup> {
    if (depth > LIMIT.depth) throw corrupt(`tags nested ${depth} deep`, `at most ${LIMIT.depth}`);
    const cursor = this.#cursor;
    await cursor.need(2 + this.#wordBytes);
    cursor.skip(2);
    const count = this.#word();
    this.#tags += count;
    if (this.#tags > LIMIT.tags)
      throw corrupt(`a DigitalMicrograph file of ${this.#tags} tags`, `at most ${LIMIT.tags}`);
    const entries: [string, DmValue][] = [];
    for (let i = 0; i < count; i++) entries.push(await this.#entry(depth));
    return { entries };
  }

  async #entry(depth: number): Promise<[string, DmValue]> {
    const cursor = this.#cursor;
    await cursor.need(3);
    const { offset } = cursor;
    const type = cursor.uint8();
    if (type === TAG.none) throw incomplete(`zeros at byte ${offset}, where a DigitalMicrograph tag should begin`);
    const nameBytes = cursor.uint16(false);
    await cursor.need(nameBytes + this.#wordBytes);
    const name = cursor.latin1(nameBytes);
    // Version 4 states the length of every tag.
    if (this.#isLong) cursor.skip(8);
    if (type === TAG.group) return [name, await this.group(depth + 1)];
    if (type !== TAG.data)
      throw corrupt(`a DigitalMicrograph tag of type ${type} at byte ${offset}`, "a group (20) or data (21)");
    return [name, await this.#data()];
  }

  async #data(): Promise<DmValue> {
    const cursor = this.#cursor;
    await cursor.need(4 + this.#wordBytes);
    const { offset } = cursor;
    const delimiter = cursor.latin1(4);
    if (delimiter !== "%%%%") throw corrupt(`no tag data at byte ${offset}`, "%%%%");
    const count = this.#word();
    if (count < 1 || count > LIMIT.words) throw corrupt(`a tag described by ${count} numbers`, `1 to ${LIMIT.words}`);
    await cursor.need(count * this.#wordBytes);
    const words = Array.from({ length: count }, () => this.#word());
    const { encoding, used } = encodingFrom(words, 0, 0);
    if (used > count) throw corrupt(`a tag described by ${count} numbers`, `${used} numbers`);
    return this.#value(encoding);
  }

  async #value(encoding: Encoding): Promise<DmValue> {
    const length = encodedBytes(encoding);
    const cursor = this.#cursor;
    if (encoding.type === "number") {
      await cursor.need(length);
      return numberAt(cursor.view(length), encoding.kind, this.#littleEndian);
    }
    if (encoding.type === "struct") {
      await cursor.need(length);
      return this.#struct(encoding.kinds);
    }
    const { offset } = cursor;
    const text = isText(encoding) ? await this.#text(length, encoding.type === "array") : null;
    if (text === null) cursor.skip(length);
    const isPlain = encoding.type === "array" && encoding.element.type === "number";
    if (isPlain) return { kind: encoding.element.kind, count: encoding.count, offset, text };
    // Arrays of structs (complex numbers, points) are passed over as bytes.
    return { kind: "u8", count: length, offset, text };
  }

  async #text(length: number, isWide: boolean): Promise<string> {
    await this.#cursor.need(length);
    const view = this.#cursor.view(length);
    const characterAt = (at: number) => (isWide ? view.getUint16(at, this.#littleEndian) : view.getUint8(at));
    let text = "";
    for (let at = 0; at < length; at += isWide ? 2 : 1) text += String.fromCharCode(characterAt(at));
    return text;
  }

  #struct(kinds: readonly SampleKind[]): DmGroup {
    const entries = kinds.map((kind) => {
      const view = this.#cursor.view(SAMPLE_BYTES[kind]);
      return ["", numberAt(view, kind, this.#littleEndian)] as const;
    });
    return { entries };
  }

  get #wordBytes(): number {
    return this.#isLong ? 8 : 4;
  }

  #word(): number {
    return this.#isLong ? this.#cursor.uint64(false) : this.#cursor.uint32(false);
  }
}

/** The encoding that begins with word `at`, and the index after it. */
function encodingFrom(
  words: readonly number[],
  at: number,
  depth: number,
): { readonly encoding: Encoding; readonly used: number } {
  const word = (index: number) => words[index] ?? 0;
  const type = word(at);
  if (type === STRING) return { encoding: { type: "string", characters: word(at + 1) }, used: at + 2 };
  if (type === STRUCT) {
    const fields = word(at + 2);
    if (fields > LIMIT.words) throw corrupt(`a tag of ${fields} fields`, `at most ${LIMIT.words}`);
    const kinds = Array.from({ length: fields }, (_, i) => kindOf(word(at + 4 + 2 * i)));
    return { encoding: { type: "struct", kinds }, used: at + 3 + 2 * fields };
  }
  if (type !== ARRAY) return { encoding: { type: "number", kind: kindOf(type) }, used: at + 1 };
  if (depth > 2) throw corrupt("a tag of arrays in arrays in arrays", "fewer");
  const element = encodingFrom(words, at + 1, depth + 1);
  return { encoding: { type: "array", element: element.encoding, count: word(element.used) }, used: element.used + 1 };
}

function kindOf(type: number): SampleKind {
  const kind = KINDS[type];
  if (kind === undefined)
    throw corrupt(`a DigitalMicrograph value of type ${type}`, `one of ${Object.keys(KINDS).join(", ")}`);
  return kind;
}

function encodedBytes(encoding: Encoding): number {
  switch (encoding.type) {
    case "number":
      return SAMPLE_BYTES[encoding.kind];
    case "struct":
      return encoding.kinds.reduce((sum, kind) => sum + SAMPLE_BYTES[kind], 0);
    case "string":
      return encoding.characters;
    case "array":
      return encodedBytes(encoding.element) * encoding.count;
  }
}

function isText(encoding: Encoding): boolean {
  if (encoding.type === "string") return encoding.characters <= TEXT_CHARACTERS;
  if (encoding.type !== "array" || encoding.element.type !== "number") return false;
  return encoding.element.kind === "u16" && encoding.count <= TEXT_CHARACTERS;
}

function numberAt(view: DataView, kind: SampleKind, littleEndian: boolean): number {
  switch (kind) {
    case "u8":
      return view.getUint8(0);
    case "i8":
      return view.getInt8(0);
    case "u16":
      return view.getUint16(0, littleEndian);
    case "i16":
      return view.getInt16(0, littleEndian);
    case "u32":
      return view.getUint32(0, littleEndian);
    case "i32":
      return view.getInt32(0, littleEndian);
    case "f32":
      return view.getFloat32(0, littleEndian);
    case "f64":
      return view.getFloat64(0, littleEndian);
    case "u64":
      return Number(view.getBigUint64(0, littleEndian));
    case "i64":
      return Number(view.getBigInt64(0, littleEndian));
    default:
      return Number.NaN;
  }
}

/** The value at a path of names; a number in it is an index. `undefined` where there is none. */
export function dmValue(from: DmValue | undefined, ...path: readonly (string | number)[]): DmValue | undefined {
  let value = from;
  for (const step of path) {
    if (value === undefined || !isDmGroup(value)) return undefined;
    value = typeof step === "number" ? value.entries[step]?.[1] : value.entries.find(([name]) => name === step)?.[1];
  }
  return value;
}

export function isDmGroup(value: DmValue | undefined): value is DmGroup {
  return typeof value === "object" && "entries" in value;
}

export function isDmArray(value: DmValue | undefined): value is DmArray {
  return typeof value === "object" && "offset" in value;
}

/** A number at a path, NaN where there is none. */
export function dmNumber(from: DmValue | undefined, ...path: readonly (string | number)[]): number {
  const value = dmValue(from, ...path);
  return typeof value === "number" ? value : Number.NaN;
}

/** A text at a path, "" where there is none. */
export function dmText(from: DmValue | undefined, ...path: readonly (string | number)[]): string {
  const value = dmValue(from, ...path);
  return isDmArray(value) ? (value.text ?? "") : "";
}
