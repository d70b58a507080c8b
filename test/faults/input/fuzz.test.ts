/** Malformed images: every outcome is a frame or a FrameRejectedError, never another error and never much memory. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameRejectedError } from "../../../src/stream/base/frame.js";
import { bytesSource } from "../../../src/stream/decode/byte-source.js";
import { decodeImage, inspectImage } from "../../../src/stream/decode/resolve.js";

const fixtures = new URL("../../unit/decode/fixtures/", import.meta.url);

function filesEnding(ending: string): readonly Uint8Array[] {
  return readdirSync(fixtures)
    .filter((name) => name.endsWith(ending))
    .map((name) => new Uint8Array(readFileSync(new URL(name, fixtures))));
}

/** A change of a file: bytes overwritten, cut out, doubled or cut off. */
const mutation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("set" as const), at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("header" as const),
      at: fc.nat(160),
      value: fc.constantFrom(0, 1, 127, 128, 255),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("word" as const),
      at: fc.nat(400),
      value: fc.constantFrom(0, 1, 0x7fffffff, 0xffffffff),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at: fc.nat(), value: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("end" as const), at: fc.nat(), value: fc.constant(0) }) },
);
type Mutation = (typeof mutation)["generate"] extends (...args: never[]) => { value: infer Value } ? Value : never;

function mutated(original: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let bytes = Buffer.from(original);
  for (const { kind, at, value } of mutations) {
    if (bytes.length < 5) break;
    const place = at % bytes.length;
    if (kind === "set" || kind === "header") bytes[place] = value;
    else if (kind === "word") bytes.writeUInt32LE(value, Math.min(place, bytes.length - 4));
    else if (kind === "cut") bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + value)]);
    else bytes = bytes.subarray(0, place);
  }
  return bytes;
}

async function outcomeOf(bytes: Uint8Array): Promise<"frame" | "refused"> {
  await inspectImage(bytesSource(bytes));
  try {
    const frame = await decodeImage(bytes, 0);
    expect(frame.pixels.length).toBe(frame.widthPx * frame.heightPx);
    return "frame";
  } catch (error) {
    if (error instanceof FrameRejectedError) return "refused";
    throw error;
  }
}

describe.each([
  [".png", 2_500],
  [".tif", 5_000],
  [".jpg", 1_200],
])("mutated %s files", (ending, numRuns) => {
  const files = filesEnding(ending);

  test(`${numRuns} of them give a frame or a refusal, nothing else`, async () => {
    const counts = { frame: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        async (file, mutations) => {
          counts[await outcomeOf(mutated(file, mutations))] += 1;
        },
      ),
      { seed: 20240601, numRuns, endOnFailure: true },
    );
    // Both happen often, else the mutations are too mild or too wild to prove anything.
    expect(Math.min(counts.frame, counts.refused)).toBeGreaterThan(numRuns / 100);
  });
});

test("random bytes behind each magic give a refusal", async () => {
  const magics = [
    "49492a0008000000",
    "4d4d002a00000008",
    "49492b0008000000",
    "89504e470d0a1a0a0000000d49484452",
    "ffd8ffe0",
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 300 }), async (magic, tail) => {
      expect(await outcomeOf(Buffer.concat([Buffer.from(magic, "hex"), tail]))).toBe("refused");
    }),
    { seed: 7, numRuns: 3_000 },
  );
});
