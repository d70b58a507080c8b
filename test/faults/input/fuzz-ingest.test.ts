/** Malformed streams of senders: each gives typed answers, and nothing else. `npm run fuzz -- --format INGEST` runs as many as one likes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ingestCase, outcomeOfStream } from "../../support/fuzz-ingest.js";

const CASES = 4_000;

test(`${CASES} changed streams of a sender are taken, refused by one typed error or waited for`, {
  timeout: 120_000,
}, async () => {
  const counts = { taken: 0, refused: 0, waits: 0 };
  await fc.assert(
    fc.asyncProperty(ingestCase, async (one) => {
      counts[await outcomeOfStream(one)] += 1;
    }),
    { seed: 20240601, numRuns: CASES, endOnFailure: true },
  );
  // All happen often, else the changes are too mild or too wild to prove anything.
  expect(Math.min(counts.taken, counts.refused, counts.waits)).toBeGreaterThan(CASES / 100);
});
