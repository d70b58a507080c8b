import { defineConfig } from "vitest/config";

/** Each kind of test says what it proves by its folder; the kinds share one runner and one summary. */
const KINDS = ["unit", "wire", "golden", "gpu", "model", "docs", "e2e", "faults"];

export default defineConfig({
  test: {
    include: KINDS.map((kind) => `test/${kind}/**/*.test.ts`),
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // Two cores: more workers only make real-time tests starve each other.
    maxWorkers: 2,
    pool: "forks",
  },
});
