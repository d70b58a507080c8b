import { describe, expect, it } from "vitest";
import { NORMAL_TABLE } from "../../../src/stream/source/simulated/normal-table.js";
import { angleOf, cosSin, cubeRoot, exp, ln } from "../../../src/stream/source/simulated/portable-math.js";
import { createRandom, Random } from "../../../src/stream/source/simulated/random.js";
import { momentsOf } from "../../support/simulated-statistics.js";

const DRAWS = 200_000;

function draws(draw: () => number): Float64Array {
  return Float64Array.from({ length: DRAWS }, draw);
}

describe("portable mathematics", () => {
  const sweep = Array.from({ length: 2001 }, (_, i) => (i - 1000) / 50);

  it("agrees with the engine's own functions to a few ulp", () => {
    for (const x of sweep) {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(5e-16);
      expect(Math.abs(ln(Math.exp(x)) - x)).toBeLessThan(1e-14);
      expect(Math.abs(cosSin(x).cos - Math.cos(x))).toBeLessThan(5e-15);
      expect(Math.abs(cosSin(x).sin - Math.sin(x))).toBeLessThan(5e-15);
      expect(Math.abs(cubeRoot(Math.exp(x)) / Math.cbrt(Math.exp(x)) - 1)).toBeLessThan(1e-15);
    }
  });

  it("finds the angle of vectors all round, and 0 for none", () => {
    for (const x of sweep) {
      const angle = (x / 20) * 3.14;
      expect(Math.abs(angleOf(7 * Math.cos(angle), 7 * Math.sin(angle)) - angle)).toBeLessThan(1e-14);
    }
    expect(angleOf(0, 0)).toBe(0);
  });

  it("stays finite far outside its range", () => {
    expect(exp(-1e9)).toBeGreaterThan(0);
    expect(exp(1e9)).toBeLessThan(Number.MAX_VALUE);
    expect(cubeRoot(0)).toBe(0);
  });
});

describe("random numbers", () => {
  // Of the authors' xoshiro128starstar.c, version 1.1.
  it("are xoshiro128**: the reference sequence for the state 1, 2, 3, 4", () => {
    const random = new Random([1, 2, 3, 4]);
    const first = Array.from({ length: 10 }, () => random.uint32());
    expect(first).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it("differ between seeds, also beyond 32 bits, and between streams", () => {
    const firsts = [1, 2, 1 + 2 ** 32, 1 + 2 ** 33].map((seed) => createRandom(seed, "noise").uint32());
    expect(new Set([...firsts, createRandom(1, "motion").uint32()]).size).toBe(5);
  });

  it("are normal one by one and in bulk: moments and tails", () => {
    const random = createRandom(11, "noise");
    const bulk = new Float32Array(DRAWS + 1);
    random.fillNormal(bulk);
    for (const values of [draws(() => random.normal()), Float64Array.from(bulk)]) {
      const { mean, standardDeviation, skewness } = momentsOf(values);
      expect(Math.abs(mean)).toBeLessThan(0.01);
      expect(Math.abs(standardDeviation - 1)).toBeLessThan(0.01);
      expect(Math.abs(skewness)).toBeLessThan(0.03);
      // Two-sided tail probabilities of the normal distribution.
      for (const [limit, probability] of [
        [1, 0.3173105],
        [2, 0.0455003],
        [3, 0.0026998],
        [4, 0.00006334],
      ] as const) {
        const beyond = values.filter((value) => Math.abs(value) > limit).length;
        const expected = DRAWS * probability;
        expect(Math.abs(beyond - expected)).toBeLessThan(5 * Math.sqrt(expected));
      }
    }
  });

  it("are independent from pixel to pixel", () => {
    const values = new Float32Array(DRAWS);
    createRandom(2, "noise").fillNormal(values);
    for (const lag of [1, 2, 3, 512]) {
      const products = values.subarray(lag).map((value, i) => value * values[i]);
      const mean = products.reduce((sum, product) => sum + product, 0) / products.length;
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(products.length));
    }
  });

  it("come from a table of the exact quantiles", () => {
    // Quantiles at (k + 1/2) / 65536 by Python's statistics.NormalDist; the table is wider by 4e-5, for a standard deviation of 1.
    expect(NORMAL_TABLE[32768]).toBeCloseTo(0.00001912406, 8);
    expect(NORMAL_TABLE[49152]).toBeCloseTo(0.67451376, 4);
    expect(NORMAL_TABLE[65535]).toBeCloseTo(4.32491904, 3);
    expect(NORMAL_TABLE.map((value, i) => value + NORMAL_TABLE[65535 - i])).toEqual(new Float32Array(65536));
  });

  it.each([0, 0.3, 4, 15.9, 16, 60, 3000])("are Poisson numbers of mean %d", (expected) => {
    const random = createRandom(5, "noise");
    const values = draws(() => random.poisson(expected));
    const { mean, standardDeviation, skewness } = momentsOf(values);
    expect(values.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
    expect(Math.abs(mean - expected)).toBeLessThanOrEqual(5 * Math.sqrt(expected / DRAWS));
    if (expected === 0) return;
    expect(Math.abs(standardDeviation ** 2 / expected - 1)).toBeLessThan(0.02);
    expect(Math.abs(skewness - 1 / Math.sqrt(expected))).toBeLessThan(0.04);
  });
});
