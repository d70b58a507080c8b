import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_BINS, sizeHistogram } from "../../../src/daemon/analysis/histogram.js";
import { quantileOf, quantilesOf } from "../../../src/daemon/analysis/quantile.js";
import { frameStatistics, sizeStatistics } from "../../../src/daemon/analysis/statistics.js";
import type { BorderPolicy } from "../../../src/stream/base/analysis.js";
import { createParticleTable, type ParticleTable } from "../../../src/stream/base/particles.js";
import { pixelSizeNmFrom } from "../../../src/stream/base/units.js";

const SEED = 20240916;

/** Discs of these diameters, px; the ones in `atBorder` touch the border. */
function discs(diametersPx: readonly number[], atBorder: readonly number[] = []): ParticleTable {
  const table = createParticleTable(diametersPx.length);
  for (const [i, diameterPx] of diametersPx.entries()) {
    table.ecdPx[i] = diameterPx;
    table.areaPx2[i] = (Math.PI / 4) * diameterPx ** 2;
    table.touchesBorder[i] = atBorder.includes(i) ? 1 : 0;
  }
  return table;
}

function statisticsOf(particles: ParticleTable, border: BorderPolicy = "exclude", pixelSizeNm: number | null = null) {
  const field = { widthPx: 200, heightPx: 100, pixelSizeNm: pixelSizeNmFrom(pixelSizeNm) };
  return frameStatistics({ particles, ...field, border, backgroundSnr: 12.5 });
}

describe("the statistics of a frame", () => {
  it("without particles are zero counts, no sizes and an empty histogram", () => {
    const statistics = statisticsOf(discs([]));
    expect(statistics).toMatchObject({ count: 0, borderCount: 0, sizedCount: 0, numberDensity: 0, areaFraction: 0 });
    expect(statistics.backgroundSnr).toBe(12.5);
    const { histogram, ...figures } = statistics.ecd;
    expect(Object.values(figures)).toEqual(Array(8).fill(null));
    expect(histogram).toEqual({ low: 0, binWidth: 1, counts: [] });
  });

  it("of one particle have its size and no deviations", () => {
    expect(statisticsOf(discs([20])).ecd).toMatchObject({
      mean: 20,
      median: 20,
      d10: 20,
      d90: 20,
      standardDeviation: null,
      geometricStandardDeviation: null,
    });
  });

  it("leave particles at the border out of sizes alone, unless they are to be included", () => {
    const particles = discs([10, 20, 90], [2]);
    const excluded = statisticsOf(particles, "exclude");
    expect(excluded).toMatchObject({
      count: 3,
      borderCount: 1,
      sizedCount: 2,
      border: "exclude",
      numberDensity: 3 / 20_000,
    });
    expect(excluded.ecd.mean).toBe(15);
    const included = statisticsOf(particles, "include");
    expect(included).toMatchObject({ count: 3, borderCount: 1, sizedCount: 3, border: "include" });
    expect(included.ecd.mean).toBe(40);
    expect(included.areaFraction).toBe(excluded.areaFraction);
    expect(included.areaFraction).toBeCloseTo(((Math.PI / 4) * (100 + 400 + 8100)) / 20_000, 6);
  });

  it("are null in sizes where every particle touches the border", () => {
    expect(statisticsOf(discs([10, 20], [0, 1]))).toMatchObject({
      count: 2,
      sizedCount: 0,
      ecd: { mean: null, d50: null },
    });
  });

  it("are in nm where the pixel size is known, and in px where it is not", () => {
    const particles = discs([10, 20, 30]);
    const px = statisticsOf(particles);
    const nm = statisticsOf(particles, "exclude", 0.5);
    expect([px.lengthUnit, nm.lengthUnit]).toEqual(["px", "nm"]);
    expect(nm.ecd.mean).toBeCloseTo(10, 6);
    expect(nm.area.mean).toBeCloseTo((px.area.mean ?? 0) / 4, 4);
    expect(nm.numberDensity).toBeCloseTo(px.numberDensity * 4, 9);
    expect(nm.areaFraction).toBe(px.areaFraction);
    expect(nm.ecd.geometricStandardDeviation).toBeCloseTo(px.ecd.geometricStandardDeviation ?? 0, 9);
  });

  it("never say that more than the whole field of view is covered", () => {
    expect(statisticsOf(discs([150, 150, 150])).areaFraction).toBe(1);
  });
});

describe("a quantile", () => {
  it("lies linearly between the two nearest ranks", () => {
    expect([0, 0.25, 0.5, 0.9, 1].map((fraction) => quantileOf([10, 20, 40], fraction))).toEqual([10, 15, 20, 36, 40]);
    expect(quantileOf([], 0.5)).toBeNull();
  });

  it("is the same to the bit without sorting, for values that are alike, few, many, zero or tiny", () => {
    const value = fc.oneof(fc.constantFrom(0, 1e-45, 12.5, 3.4e38), fc.float({ min: 0, max: 200, noNaN: true }));
    const fractions = [0, 0.1, 0.5, 0.9, 1];
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), (values) => {
        const unsorted = Float32Array.from(values, Math.abs);
        const sorted = unsorted.toSorted();
        expect(quantilesOf(unsorted, fractions)).toEqual(
          values.length === 0 ? [] : fractions.map((fraction) => quantileOf(sorted, fraction)),
        );
      }),
      { seed: 11, numRuns: 200 },
    );
  });
});

describe("the histogram of sizes", () => {
  const sizes = fc
    .array(fc.double({ min: 0.05, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 })
    .map((values) => Float64Array.from(values).sort());

  it("counts every size once, in at most 60 bins of a width of 1, 2 or 5 times a power of ten", () => {
    fc.assert(
      fc.property(sizes, (sorted) => {
        const { low, binWidth, counts } = sizeHistogram(sorted);
        expect(low).toBe(0);
        expect(counts.length).toBeLessThanOrEqual(MAX_BINS);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(sorted.length);
        expect(binWidth.toExponential()).toMatch(/^[125]e/);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("puts a size into the bin that begins at it", () => {
    const { binWidth, counts } = sizeHistogram(Float64Array.of(39.9, 40, 41.9, 42));
    expect(binWidth).toBe(1);
    expect(counts.slice(39, 44)).toEqual([1, 1, 1, 1, 0]);
    expect(counts).toHaveLength(50);
  });

  it("counts what lies beyond the 60th bin in the last one", () => {
    const sorted = Float64Array.from({ length: 200 }, () => 10).fill(1000, 199);
    const { binWidth, counts } = sizeHistogram(sorted);
    expect(binWidth).toBe(0.2);
    expect([counts.length, counts[50], counts[59]]).toEqual([60, 199, 1]);
  });

  it("keeps its bins while sizes grow by less than the next nice width", () => {
    const grown = [51, 60, 75, 90, 100].map((size) => sizeHistogram(Float64Array.of(size)).binWidth);
    expect(grown).toEqual([2, 2, 2, 2, 2]);
    expect(sizeHistogram(Float64Array.of(100.1)).binWidth).toBe(5);
  });
});

describe("size statistics", () => {
  it("scale with the sizes, in any order of them", () => {
    const sizes = fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(sizes, fc.double({ min: 0.1, max: 10, noNaN: true }), (values, scale) => {
        const before = sizeStatistics(Float64Array.from(values));
        const after = sizeStatistics(Float64Array.from(values.toReversed(), (value) => value * scale));
        for (const name of ["mean", "standardDeviation", "d10", "d50", "d90", "geometricMean"] as const) {
          const expected = (before[name] ?? Number.NaN) * scale;
          expect(Math.abs((after[name] ?? Number.NaN) - expected)).toBeLessThan(1e-9 * 1000 * scale);
        }
        expect(after.geometricStandardDeviation).toBeCloseTo(before.geometricStandardDeviation ?? 0, 6);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});
