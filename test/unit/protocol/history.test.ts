import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { History } from "../../../src/stream/protocol/history.js";
import type { HistoryPoint } from "../../../src/stream/protocol/messages.js";

function point(seq: number): HistoryPoint {
  return { seq, receivedAtMs: seq * 100, count: seq, d10: null, d50: null, d90: null };
}

function historyOf(count: number, limit: number): History {
  const history = new History(limit);
  for (let seq = 1; seq <= count; seq += 1) history.add(point(seq));
  return history;
}

describe("the history of a run", () => {
  test("never holds more points than its limit, keeps the newest half whole and the first frame for ever", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 4, max: 200 }), (count, limit) => {
        const { points } = historyOf(count, limit);
        expect(points.length).toBe(count <= limit ? count : points.length);
        expect(points.length).toBeLessThanOrEqual(limit);
        const newest = points.slice(-Math.floor(limit / 4)).map(({ seq }) => seq);
        expect(newest).toEqual(newest.map((_, index) => count - newest.length + 1 + index));
        if (count > 0) expect(points[0]?.seq).toBe(1);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test("counts a frame that is sent again once, and one that comes late not at all", () => {
    const history = historyOf(3, 10);
    history.add(point(3));
    history.add(point(2));
    expect(history.points.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  test("gives the last seconds before the newest point, both ends included", () => {
    const history = historyOf(100, 1_000);
    expect(history.window(1_000).map(({ seq }) => seq)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
    expect(history.window(Number.POSITIVE_INFINITY)).toHaveLength(100);
    expect(new History().window(60_000)).toEqual([]);
  });
});
