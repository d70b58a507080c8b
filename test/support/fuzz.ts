/**
 * Malformed files: real ones with bytes changed, cut out, doubled or cut off.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { FrameRejectedError } from "../../src/stream/base/frame.js";
import { bytesSource } from "../../src/stream/decode/byte-source.js";
import { inspectImage, openImage } from "../../src/stream/decode/resolve.js";

/** What a malformed file came to. Anything else is raised: it is a defect. */
export type Outcome = "frame" | "refused";

const INTERESTING_WORDS = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff] as const;

/** One change of a file. `at` is taken modulo its length. */
export const mutation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("set" as const), at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("flip" as const), at: fc.nat(), value: fc.nat(7) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      at: fc.nat(400),
      value: fc.constantFrom(0, 1, 127, 128, 255),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("word" as const),
      at: fc.nat(1200),
      value: fc.constantFrom(...INTERESTING_WORDS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("big-word" as const),
      at: fc.nat(1200),
      value: fc.constantFrom(...INTERESTING_WORDS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at: fc.nat(), value: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("double" as const), at: fc.nat(), value: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("end" as const), at: fc.nat(), value: fc.constant(0) }) },
);
export type Mutation = (typeof mutation)["generate"] extends (...args: never[]) => { value: infer Value }
  ? Value
  : never;

/** The changed file, in memory of its own. */
export function mutated(original: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let bytes = Buffer.from(original);
  for (const { kind, at, value } of mutations) {
    if (bytes.length < 5) break;
    const place = at % bytes.length;
    const wordPlace = Math.min(place, bytes.length - 4);
    if (kind === "set") bytes[place] = value;
    else if (kind === "flip") bytes[place] = (bytes[place] ?? 0) ^ (1 << value);
    else if (kind === "word") bytes.writeUInt32LE(value, wordPlace);
    else if (kind === "big-word") bytes.writeUInt32BE(value, wordPlace);
    else if (kind === "cut") bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + value)]);
    else if (kind === "double") bytes = Buffer.concat([bytes.subarray(0, place + value), bytes.subarray(place)]);
    else bytes = bytes.subarray(0, place);
  }
  return bytes;
}

/** Looks into a file and decodes its first and last page. Raises what is no refusal. */
export async function outcomeOf(bytes: Uint8Array): Promise<Outcome> {
  const source = bytesSource(bytes);
  const inspection = await inspectImage(source);
  try {
    const image = await openImage(source);
    const pages = new Set([0, inspection.state === "complete" ? inspection.pages - 1 : 0]);
    for (const page of pages) {
      const { widthPx, heightPx, pixels } = await image.decode(page);
      if (pixels.length !== widthPx * heightPx) throw new Error(`${pixels.length} pixels for ${widthPx} x ${heightPx}`);
    }
    return "frame";
  } catch (error) {
    if (error instanceof FrameRejectedError) return "refused";
    throw error;
  }
}

/** A file to change. */
export interface SeedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const FIXTURES = new URL("../unit/decode/fixtures/", import.meta.url).pathname;

/** Files of the fixtures, and of `more` folders where they are there, whose names match and that are small enough to change often. */
export function seedFiles(names: RegExp, more: readonly string[] = []): readonly SeedFile[] {
  return [FIXTURES, ...more].flatMap((folder) =>
    listed(folder)
      .filter((name) => names.test(name))
      .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }))
      .filter(({ bytes }) => bytes.length < 1_000_000),
  );
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
}

/** File names by the format that the seeds are of. */
export const FORMAT_NAMES: Readonly<Record<string, RegExp>> = {
  PNG: /\.png$/,
  TIFF: /\.tif$/,
  JPEG: /\.jpg$/,
  MRC: /\.(mrcs?|map)$/,
  DM: /\.dm[34]$/,
  SER: /\.ser$/,
  NPY: /\.npy$/,
  MIB: /\.mib$/,
  HDF5: /\.(emd|h5|hspy)$/,
};
