import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./test/support/summary-reporter.ts";

/** Each kind of test says by its folder what it proves; all share one runner and one summary. */
const KINDS = ["unit", "wire", "golden", "gpu", "model", "docs", "e2e", "faults"];

export default defineConfig({
  test: {
    include: KINDS.map((kind) => `test/${kind}/**/*.test.ts`),
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Two cores: more workers only make real-time tests starve each other.
    maxWorkers: 2,
    reporters: ["default", new SummaryReporter()],
  },
});
