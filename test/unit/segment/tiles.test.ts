import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCutBySeam, tileOrigins } from "../../../src/daemon/segment/tiles.js";

const tile = { tileWidthPx: 512, tileHeightPx: 512, overlapPx: 144 };

describe("tileOrigins", () => {
  it("takes one tile for frames up to its size, and two for one pixel more", () => {
    const count = (edge: number) => tileOrigins({ ...tile, frameWidthPx: edge, frameHeightPx: 1 }).length;
    expect([count(1), count(512), count(513), count(880), count(881)]).toEqual([1, 1, 2, 2, 3]);
  });

  it("covers every frame without leaving it, and shows everything up to the overlap whole in one tile", () => {
    const edge = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(edge, fc.integer({ min: 0, max: 4999 }), fc.integer({ min: 1, max: 144 }), (length, from, size) => {
        const starts = tileOrigins({ ...tile, frameWidthPx: length, frameHeightPx: 10 }).map(({ xPx }) => xPx);
        const start = from % length;
        const end = Math.min(length, start + size);
        expect(starts.some((x) => x <= start && end <= x + 512)).toBe(true);
        if (length >= 512) expect(Math.max(...starts) + 512).toBe(length);
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe("isCutBySeam", () => {
  const grid = { ...tile, frameWidthPx: 880, frameHeightPx: 512 };
  const box = (x0: number, x1: number) => ({ x0, y0: 0, x1, y1: 512 });

  it("is true at an edge that has a neighbour and false at the frame's own", () => {
    const left = { xPx: 0, yPx: 0 };
    const right = { xPx: 368, yPx: 0 };
    expect([isCutBySeam(box(0, 40), left, grid), isCutBySeam(box(480, 511.5), left, grid)]).toEqual([false, true]);
    expect([isCutBySeam(box(368.5, 400), right, grid), isCutBySeam(box(850, 880), right, grid)]).toEqual([true, false]);
    expect(isCutBySeam(box(371, 509), left, grid)).toBe(false);
  });
});
