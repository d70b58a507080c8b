/** Malformed images: every outcome is a frame or a FrameRejectedError, never another error and never much memory. */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FORMAT_NAMES, mutated, mutation, outcomeOf, seedFiles } from "../../support/fuzz.js";

/** Real files beside the fixtures, where they are there. */
const REAL = ["formats", "mrc"].map((folder) => join(import.meta.dirname, "../../../../shared/data", folder));

/** Cases of each format; `npm run fuzz` runs as many as one likes. */
const RUNS: Readonly<Record<string, number>> = { TIFF: 4_000, PNG: 2_000, JPEG: 800, HDF5: 150 };
const DEFAULT_RUNS = 1_500;

describe.each(Object.entries(FORMAT_NAMES))("changed %s files", (format, names) => {
  const files = seedFiles(names, REAL);
  const numRuns = RUNS[format] ?? DEFAULT_RUNS;

  test(`${numRuns} of them give a frame or a refusal, nothing else`, { timeout: 120_000 }, async () => {
    const counts = { frame: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        async ({ bytes }, mutations) => {
          counts[await outcomeOf(mutated(bytes, mutations))] += 1;
        },
      ),
      { seed: 20240601, numRuns, endOnFailure: true },
    );
    // Both happen often, else the mutations are too mild or too wild to prove anything.
    expect(Math.min(counts.frame, counts.refused)).toBeGreaterThan(numRuns / 100);
  });
});

test("random bytes behind each magic give a refusal, or end within what could be an image", async () => {
  const magics = [
    "49492a0008000000",
    "4d4d002a00000008",
    "49492b0008000000",
    "89504e470d0a1a0a0000000d49484452",
    "ffd8ffe0",
    "894844460d0a1a0a",
    "000000030000001000000001",
    "00000004000000000000001000000001",
    "494997011002224100005241",
    "4a4b0002",
    "934e554d5059010076007b",
    Buffer.from("MQ1,000001,00384,01,0256,0256,U16,").toString("hex"),
    "100000001000000001000000",
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 1_300 }), async (magic, tail) => {
      expect(await outcomeOf(Buffer.concat([Buffer.from(magic, "hex"), tail]))).toBe("refused");
    }),
    { seed: 7, numRuns: 3_000 },
  );
});
