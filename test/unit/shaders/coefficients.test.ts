import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gaussianTaps, quantisedGaussianTaps } from "../../../src/shaders/kernels/gaussian/taps.js";
import { LARGEST_WEIGHT, NLM_H_RANGE, nlmWeights } from "../../../src/shaders/kernels/nlm/weights.js";
import { reflect101 } from "../../../src/shaders/kernels/reflect.js";

describe("weights of non-local means", () => {
  test("are rint(19096 exp(-64 k / 49 h^2)) for h = 3", () => {
    expect(LARGEST_WEIGHT).toBe(19_096);
    const weights = nlmWeights(3);
    expect([...weights.subarray(0, 3)]).toEqual([19_096, 16_516, 14_285]);
    expect(weights.length).toBe(Math.floor(5.273 * 9) + 2);
  });

  test("fall to at least 20, then to the closing 0, and fit the kernels' table", () => {
    for (let { min: h } = NLM_H_RANGE; h <= NLM_H_RANGE.max; h += 0.5) {
      const weights = nlmWeights(h);
      expect(weights.at(-1)).toBe(0);
      expect(weights.at(-2)).toBeGreaterThanOrEqual(20);
      expect(weights.length * 2).toBeLessThan(65_536);
    }
  });
});

describe("taps of the Gaussian", () => {
  test("are 49, 52, 54, 52, 49 for 5 px and sigma 5", () => {
    expect([...quantisedGaussianTaps({ kernelPx: 5, sigmaPx: 5 })]).toEqual([49, 52, 54, 52, 49]);
  });

  test("sum to 256 quantised and to 1 exactly, symmetric, for any kernel", () => {
    const reach = fc.integer({ min: 0, max: 15 });
    fc.assert(
      fc.property(reach, fc.double({ min: 0.05, max: 1000, noNaN: true }), (side, sigmaPx) => {
        const shape = { kernelPx: 2 * side + 1, sigmaPx };
        const taps = quantisedGaussianTaps(shape);
        expect(taps.reduce((sum, tap) => sum + tap, 0)).toBe(256);
        expect(taps).toEqual(taps.toReversed());
        expect(gaussianTaps(shape).reduce((sum, tap) => sum + tap, 0)).toBeCloseTo(1, 12);
      }),
      { seed: 7 },
    );
  });
});

describe("the reflected border", () => {
  test("does not repeat the edge", () => {
    const shown = Array.from({ length: 12 }, (_, i) => reflect101(i - 4, 4));
    expect(shown).toEqual([2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1]);
  });

  test("folds as often as a short line needs", () => {
    expect([-13, -2, -1, 0, 1, 2, 13].map((i) => reflect101(i, 2))).toEqual([1, 0, 1, 0, 1, 0, 1]);
    expect([-13, 0, 13].map((i) => reflect101(i, 1))).toEqual([0, 0, 0]);
  });
});
