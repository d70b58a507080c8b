import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { largestComponent } from "../../../src/daemon/analysis/component.js";
import { traceContours } from "../../../src/daemon/analysis/contour.js";
import { measureParticles } from "../../../src/daemon/analysis/measure.js";
import { nodeGridOf } from "../../../src/daemon/analysis/node-grid.js";
import { sizeStatistics } from "../../../src/daemon/analysis/statistics.js";
import { frameOf } from "../../support/analysis.js";

interface ShapeCase {
  readonly name: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly levels: string;
  readonly contours: number;
  readonly outline: readonly number[];
  readonly areaPx2: number;
  readonly centroidXPx: number;
  readonly centroidYPx: number;
  readonly orientationRad: number;
  readonly hullAreaPx2: number;
  readonly feretMaxPx: number;
  readonly feretMinPx: number;
}

interface SizeCase {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly mean: number;
  readonly standardDeviation: number | null;
  readonly d10: number;
  readonly d50: number;
  readonly d90: number;
  readonly geometricMean: number;
  readonly geometricStandardDeviation: number | null;
}

function casesOf<Case>(file: string): readonly Case[] {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as readonly Case[];
}

const SHAPES = casesOf<ShapeCase>("shapes.json");

/** Where the window lies in the frame: away from every edge. */
const AT = { xPx: 5, yPx: 9 };
const FRAME = frameOf(64, 64);

function maskOf({ widthPx, heightPx, levels }: ShapeCase) {
  return { ...AT, widthPx, heightPx, values: Float32Array.from(Buffer.from(levels, "base64"), (level) => level / 255) };
}

/** Largest distance of a point of `a` to the nearest point of `b`. */
function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let worst = 0;
  for (let i = 0; i < a.length; i += 2) {
    let nearest = Number.POSITIVE_INFINITY;
    for (let j = 0; j < b.length; j += 2) nearest = Math.min(nearest, Math.hypot(a[i] - b[j], a[i + 1] - b[j + 1]));
    worst = Math.max(worst, nearest);
  }
  return worst;
}

describe.each(SHAPES)("$name", (golden) => {
  const mask = maskOf(golden);
  const { particles } = measureParticles([{ mask, score: 1 }], FRAME);

  it("has the outline of scikit-image, point for point", () => {
    const outer = largestComponent(traceContours(nodeGridOf(mask, FRAME)))?.outer ?? [];
    const shifted = golden.outline.map((value, i) => value + (i % 2 === 0 ? AT.xPx : AT.yPx));
    expect(outer.length).toBe(shifted.length);
    // Points are stored to five decimals, fields as float32.
    expect(farthest(outer, shifted)).toBeLessThan(2e-5);
    expect(farthest(shifted, outer)).toBeLessThan(2e-5);
  });

  it("has hull area and Feret diameters of the same points", () => {
    expect(particles.areaPx2[0] / particles.solidity[0]).toBeCloseTo(golden.hullAreaPx2, 2);
    expect(particles.feretMaxPx[0]).toBeCloseTo(golden.feretMaxPx, 4);
    expect(particles.feretMinPx[0]).toBeCloseTo(golden.feretMinPx, 4);
  });

  it("has area, centroid and orientation of the finely sampled field", () => {
    // Inside a cell the iso-line is a hyperbola and the contour its chord: up to 0.03 px2 apart, on either side. The worst of these
    // masks is 0.13 % off; its centroid 0.035 px.
    expect(Math.abs(particles.areaPx2[0] / golden.areaPx2 - 1)).toBeLessThan(2e-3);
    expect(particles.centroidXPx[0]).toBeCloseTo(AT.xPx + golden.centroidXPx, 1);
    expect(particles.centroidYPx[0]).toBeCloseTo(AT.yPx + golden.centroidYPx, 1);
    // The axis of a nearly round particle turns with little: the smallest eccentricity here is 0.31.
    expect(particles.orientationRad[0]).toBeCloseTo(golden.orientationRad, 1);
  });
});

describe.each(SHAPES.filter(({ name }) => !name.startsWith("ragged")))("$name", (golden) => {
  it("has as many contours, holes and islands included, as scikit-image finds", () => {
    // Ragged masks have ambiguous cells of grey, where find_contours always joins and we ask the field.
    expect(traceContours(nodeGridOf(maskOf(golden), FRAME)).list).toHaveLength(golden.contours);
  });
});

describe.each(casesOf<SizeCase>("sizes.json"))("$name", (golden) => {
  it("have the statistics of NumPy and SciPy", () => {
    const statistics = sizeStatistics(Float64Array.from(golden.sizes));
    const names = [
      "mean",
      "standardDeviation",
      "d10",
      "d50",
      "d90",
      "geometricMean",
      "geometricStandardDeviation",
    ] as const;
    for (const name of names) {
      const expected = golden[name];
      if (expected === null) expect(statistics[name], name).toBeNull();
      else expect(statistics[name], name).toBeCloseTo(expected, 9);
    }
    expect(statistics.median).toBe(statistics.d50);
  });
});
