import { describe, expect, it } from "vitest";
import { LatencyBudget } from "../../../src/stream/flow/latency-budget.js";

/** Frames come at a fixed interval and are done one after the other; gives the latency of each that was let in, all in simulated ms. */
function simulate(targetMs: number, serviceMs: (frame: number) => number, { intervalMs = 1, frames = 5_000 } = {}) {
  const budget = new LatencyBudget(targetMs);
  const underWay: { readonly seq: number; readonly doneAtMs: number; readonly latencyMs: number }[] = [];
  const latenciesMs: number[] = [];
  let freeAtMs = 0;
  for (let seq = 1; seq <= frames; seq++) {
    const nowMs = seq * intervalMs;
    while (underWay[0] !== undefined && underWay[0].doneAtMs <= nowMs) {
      const { seq: done, latencyMs } = underWay.shift() ?? underWay[0];
      budget.end(done, latencyMs);
      latenciesMs.push(latencyMs);
    }
    if (!budget.hasRoom) continue;
    budget.begin(seq);
    freeAtMs = Math.max(nowMs, freeAtMs) + serviceMs(seq);
    underWay.push({ seq, doneAtMs: freeAtMs, latencyMs: freeAtMs - nowMs });
  }
  return { latenciesMs, limit: budget.limit };
}

describe("a budget of latency", () => {
  it("lets as many frames be under way as end in time, and no more", () => {
    const { latenciesMs, limit } = simulate(100, () => 10);
    expect(limit).toBe(10);
    expect(Math.max(...latenciesMs)).toBeLessThanOrEqual(100);
    // The one that analyses is never idle: 5 s of 10 ms each.
    expect(latenciesMs.length).toBeGreaterThan(470);
  });

  it("lets fewer in at once when the analysis becomes slower", () => {
    const { latenciesMs, limit } = simulate(100, (frame) => (frame < 2_000 ? 5 : 40));
    expect(limit).toBe(2);
    expect(Math.max(...latenciesMs.slice(-20))).toBeLessThanOrEqual(100);
  });

  it("analyses one after the other where even one takes longer than the target", () => {
    const { latenciesMs, limit } = simulate(10, () => 50);
    expect(limit).toBe(1);
    expect(latenciesMs.length).toBeGreaterThan(90);
  });

  it("drops nothing while frames come slower than they are analysed", () => {
    expect(simulate(20, () => 4, { intervalMs: 10, frames: 200 }).latenciesMs).toHaveLength(199);
  });

  it("learns nothing from frames that were not analysed", () => {
    const budget = new LatencyBudget(100);
    budget.begin(1);
    budget.end(1, null);
    expect([budget.limit, budget.hasRoom]).toEqual([1, true]);
  });
});
