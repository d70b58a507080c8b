import fc from "fast-check";
import { expect, test } from "vitest";
import { mutated, mutation } from "../../support/fuzz.js";
import { MESSAGE_TARGETS } from "../../support/fuzz-messages.js";

/** `npm run fuzz` does as many as one likes. */
const CASES = 3_000;

test.each(Object.entries(MESSAGE_TARGETS))(
  "malformed messages (%s) are read or refused by name, and raise nothing else",
  async (_name, { seeds, outcomeOf }) => {
    const counts = { frame: 0, refused: 0 };
    const cases = fc.tuple(fc.constantFrom(...seeds), fc.array(mutation, { minLength: 1, maxLength: 6 }));
    for (const [{ bytes, name }, mutations] of fc.sample(cases, { seed: 11, numRuns: CASES })) {
      counts[await outcomeOf(mutated(bytes, mutations), name)] += 1;
    }
    expect(counts.refused).toBeGreaterThan(CASES / 2);
    expect(counts.frame + counts.refused).toBe(CASES);
  },
);
