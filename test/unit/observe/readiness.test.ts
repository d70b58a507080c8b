import { describe, expect, it } from "vitest";
import { ResultWatch, readReadiness } from "../../../src/daemon/observe/readiness.js";
import type { MonotonicMs, UnixMs } from "../../../src/stream/base/units.js";
import { healthOf } from "../../support/wire-messages.js";

const WELL = { health: healthOf(), ledgerProblems: [], sinceResultMs: 0 };

describe("a daemon", () => {
  it("is ready when its analyzer is, its sources go on, its ledger is written and results come; a slower one too", () => {
    expect(readReadiness(WELL)).toEqual({ ready: true, problems: [] });
    expect(readReadiness({ ...WELL, health: healthOf("degraded") }).ready).toBe(true);
  });

  it("is not ready otherwise, and says each part that is wrong", () => {
    const health = healthOf();
    const [source] = health.sources;
    if (source === undefined) throw new Error("no source");
    const readiness = readReadiness({
      health: {
        ...health,
        analyzer: { ...health.analyzer, state: "restarting" },
        sources: [{ ...source, state: "failed", detail: "the folder is gone" }],
      },
      ledgerProblems: ["disk full"],
      sinceResultMs: 31_000,
    });
    expect(readiness.ready).toBe(false);
    expect(readiness.problems).toEqual([
      { part: "analyzer", detail: "the analyzer is restarting" },
      { part: "source", detail: "folder: the folder is gone" },
      { part: "ledger", detail: "disk full" },
      { part: "results", detail: "no frame has ended for 31 s" },
    ]);
  });
});

it("time without results counts only while there are frames", () => {
  let nowMs = 0;
  const watch = new ResultWatch({ unixMs: () => 0 as UnixMs, monotonicMs: () => nowMs as MonotonicMs });
  nowMs = 3_600_000;
  expect(watch.sample(0)).toBe(0);
  nowMs += 500;
  expect(watch.sample(1)).toBe(500);
  nowMs += 40_000;
  expect(watch.sample(3)).toBe(40_500);
  watch.ended();
  expect(watch.sample(2)).toBe(0);
});
