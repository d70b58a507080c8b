/** The short form of the fault bench; `npm run faults` is the long one. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Bench } from "./scenario.js";
import { openBench, runScenario } from "./scenario.js";
import { SCENARIOS } from "./scenarios.js";

/** `OSTWALD_FAULT_SEED=7` tries other points; a failure names its seed. */
const { OSTWALD_FAULT_SEED = "1" } = process.env;
const SEED = Number(OSTWALD_FAULT_SEED);
/** Longest time of a scenario on a machine with ten times as much to do, ms. */
const LIMIT_MS = 300_000;

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, LIMIT_MS);

describe.each(SCENARIOS)("$name: $claim", (scenario) => {
  it.skipIf((scenario.missing?.() ?? null) !== null)(
    "loses nothing, doubles nothing, numbers without a gap, and records what an undisturbed daemon records",
    async () => {
      const report = await runScenario(scenario, bench, scenario.short, SEED);
      expect(report.problems).toEqual([]);
      expect(report.faults).toBeGreaterThan(0);
      expect(report).toMatchObject({ recorded: report.sent, lost: 0, doubled: 0, seqBreaks: 0, different: 0 });
    },
    LIMIT_MS,
  );
});
