/** Malformed messages of detectors: every outcome is a frame or a typed refusal, never another error and never much memory. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mutated, mutation } from "../../support/fuzz.js";
import { DETECTOR_TARGETS } from "../../support/fuzz-detectors.js";

/** Cases of each; `npm run fuzz` runs as many as one likes. */
const RUNS = 1_500;

describe.each(Object.entries(DETECTOR_TARGETS))("changed messages of %s", (_, { seeds, outcomeOf }) => {
  test(`${RUNS} of them give a frame or a refusal, nothing else`, { timeout: 120_000 }, async () => {
    const counts = { frame: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        async ({ name, bytes }, mutations) => {
          counts[await outcomeOf(mutated(bytes, mutations), name)] += 1;
        },
      ),
      { seed: 20240602, numRuns: RUNS, endOnFailure: true },
    );
    // Both happen often, else the mutations are too mild or too wild to prove anything.
    expect(Math.min(counts.frame, counts.refused)).toBeGreaterThan(RUNS / 100);
  });

  test("nothing but noise is refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), fc.constantFrom(...seeds), async (bytes, { name }) => {
        expect(await outcomeOf(bytes, name)).toBe("refused");
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
