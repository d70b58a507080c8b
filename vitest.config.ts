import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";
import { SOFTWARE_VULKAN_ENV } from "./test/support/software-vulkan.ts";
import { SummaryReporter } from "./test/support/summary-reporter.ts";

/** Each kind of test says by its folder what it proves; all share one runner and one summary. */
const KINDS = ["unit", "wire", "golden", "model", "docs"];
/** Of these many run whole daemons against the clock, which a machine shared with others can stop for seconds. */
const KINDS_IN_REAL_TIME = ["e2e", "faults"];

const filesOf = (kinds: readonly string[]) => kinds.map((kind) => `test/${kind}/**/*.test.ts`);

const shared = { testTimeout: 30_000, hookTimeout: 120_000, pool: "forks" } as const;

export default defineConfig({
  test: {
    // Two cores: more workers only make real-time tests starve each other.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    reporters: ["default", new SummaryReporter()],
    // The inference library would write usage files into the temporary folder.
    env: { ORT_DISABLE_TELEMETRY: "1" },
    projects: [
      { test: { ...shared, name: "node", include: filesOf(KINDS) } },
      // Once more, and named in the summary: a defect fails twice or is seen there, a stopped machine does not fail a whole run.
      { test: { ...shared, name: "real-time", include: filesOf(KINDS_IN_REAL_TIME), retry: 1 } },
      {
        // A software Vulkan driver is found by the environment a process starts with.
        test: {
          ...shared,
          name: "gpu",
          testTimeout: 120_000,
          include: ["test/gpu/**/*.test.ts"],
          env: SOFTWARE_VULKAN_ENV,
          globalSetup: "test/support/software-vulkan.ts",
        },
      },
    ],
  },
});
