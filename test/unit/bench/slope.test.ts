import { describe, expect, it } from "vitest";
import { blockMedians, type Point, robustSlope, verdictOf } from "../../../bench/slope.js";
import { Random } from "../../../src/stream/source/simulated/random.js";

const slopeOf = (values: readonly Point[]) => robustSlope(blockMedians(values));

const random = () => new Random([1, 2, 3, 4]);

/** 1,000 values of 100 with noise, a second apart, that rise by `perHour`. */
function points(perHour: number, outliers = 0) {
  const noise = random();
  return Array.from({ length: 1_000 }, (_, i) => {
    const isOutlier = i % 10 < outliers;
    return { atS: i, value: 100 + (perHour * i) / 3600 + noise.normal() + (isOutlier ? 500 : 0) };
  });
}

describe("the slope of a soak", () => {
  it("is found within its interval, and the interval is narrow enough to tell", () => {
    const slope = slopeOf(points(36));
    expect(slope?.low).toBeLessThan(36);
    expect(slope?.high).toBeGreaterThan(36);
    expect(verdictOf(slope, 20)).toBe("rising");
    expect(verdictOf(slopeOf(points(0)), 20)).toBe("flat");
  });

  it("is not moved by outliers", () => {
    expect(verdictOf(slopeOf(points(0, 2)), 20)).toBe("flat");
    expect(verdictOf(slopeOf(points(36, 2)), 20)).toBe("rising");
  });

  it("is open where the noise hides it, and where there is too little", () => {
    expect(verdictOf(slopeOf(points(0).slice(0, 60)), 20)).toBe("open");
    expect(slopeOf(points(0).slice(0, 4))).toBeNull();
    expect(verdictOf(null, 20)).toBe("open");
  });

  it("of a constant is exactly 0", () => {
    const flat = Array.from({ length: 200 }, (_, i) => ({ atS: i, value: 27 }));
    expect(slopeOf(flat)).toEqual({ perHour: 0, low: 0, high: 0 });
  });
});
