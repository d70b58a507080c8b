import { describe, expect, it } from "vitest";
import { chosenRange, FRAME_ALONE, isAlike } from "../../../src/daemon/analysis/display-range.js";

const STREAM = { low: 100, high: 1100 };
const wanted = { ...FRAME_ALONE, stream: STREAM };

describe("chosenRange", () => {
  it("is the frame's own without a stream", () => {
    expect(chosenRange({ low: 3, high: 7 }, FRAME_ALONE)).toEqual({ low: 3, high: 7 });
  });

  it.each([
    ["as bright as the stream", { low: 120, high: 1000 }],
    ["twice as bright", { low: 200, high: 2200 }],
    ["flat and dark: its noise must not become contrast", { low: 101, high: 103 }],
  ])("is the stream's for a frame that is %s", (_, own) => {
    expect(chosenRange(own, wanted)).toEqual(STREAM);
  });

  it.each([
    ["reaches two widths above", { low: 100, high: 3101 }],
    ["reaches two widths below", { low: -1901, high: 1000 }],
    ["lies above", { low: 1100, high: 1200 }],
    ["lies below", { low: 0, high: 100 }],
  ])("is the frame's own where it %s", (_, own) => {
    expect(chosenRange(own, wanted)).toEqual(own);
  });

  it("is what was set by hand; the lower one is black", () => {
    const own = { low: 1, high: 2 };
    expect(chosenRange(own, { ...wanted, displayLow: 5, displayHigh: 4095 })).toEqual({ low: 5, high: 4095 });
    expect(chosenRange(own, { ...wanted, displayLow: 4095, displayHigh: 5 })).toEqual({ low: 5, high: 4095 });
    const equal = chosenRange(own, { ...wanted, displayLow: 5, displayHigh: 5 });
    expect(equal.high).toBeGreaterThan(equal.low);
  });

  it("leaves the end that is not set, or keeps its distance where it would lie on the wrong side", () => {
    const own = { low: 150, high: 1000 };
    expect(chosenRange(own, { ...wanted, displayLow: 400 })).toEqual({ low: 400, high: 1100 });
    expect(chosenRange(own, { ...wanted, displayHigh: 400 })).toEqual({ low: 100, high: 400 });
    expect(chosenRange(own, { ...wanted, displayLow: 2000 })).toEqual({ low: 2000, high: 3000 });
    expect(chosenRange(own, { ...wanted, displayHigh: 50 })).toEqual({ low: -950, high: 50 });
  });
});

describe("isAlike", () => {
  it("allows a quarter of the reference's width at either end, and no more", () => {
    expect(isAlike({ low: -150, high: 1350 }, STREAM)).toBe(true);
    expect(isAlike({ low: -151, high: 1100 }, STREAM)).toBe(false);
    expect(isAlike({ low: 100, high: 849 }, STREAM)).toBe(false);
  });
});
