import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { convexHull, feretDiameters } from "../../../src/daemon/analysis/hull.js";
import { momentsOf, type PolygonPx } from "../../../src/daemon/analysis/polygon.js";

const SEED = 20240916;

/** Star-shaped polygons around the origin, clockwise on the screen: they never cross themselves. */
const stars: fc.Arbitrary<PolygonPx> = fc
  .array(fc.double({ min: 0.5, max: 50, noNaN: true }), { minLength: 3, maxLength: 40 })
  .map((radii) => {
    const polygon = new Float64Array(2 * radii.length);
    for (const [i, radius] of radii.entries()) {
      const angle = (2 * Math.PI * i) / radii.length;
      polygon[2 * i] = radius * Math.cos(angle);
      polygon[2 * i + 1] = radius * Math.sin(angle);
    }
    return polygon;
  });

function pointsOf(polygon: PolygonPx): readonly (readonly [number, number])[] {
  return Array.from({ length: polygon.length / 2 }, (_, i) => [polygon[2 * i], polygon[2 * i + 1]] as const);
}

/** Extent of the polygon along a direction: its Feret diameter there. */
function extent(polygon: PolygonPx, angle: number): number {
  const along = pointsOf(polygon).map(([x, y]) => x * Math.cos(angle) + y * Math.sin(angle));
  return Math.max(...along) - Math.min(...along);
}

describe("the convex hull", () => {
  it("of a square with points on its sides and a notch is its four corners, clockwise on the screen", () => {
    const polygon = Float64Array.of(0, 0, 2, 0, 4, 0, 4, 4, 2, 1, 0, 4, 0, 2);
    expect(pointsOf(convexHull(polygon)).toSorted()).toEqual([
      [0, 0],
      [0, 4],
      [4, 0],
      [4, 4],
    ]);
    expect(momentsOf([convexHull(polygon)]).areaPx2).toBe(16);
  });

  it("of points on a line has no area", () => {
    expect(convexHull(Float64Array.of(0, 0, 1, 1, 2, 2))).toHaveLength(4);
  });

  it("is convex, made of the polygon's points, and holds all of them", () => {
    fc.assert(
      fc.property(stars, (polygon) => {
        const hull = convexHull(polygon);
        const known = new Set(pointsOf(polygon).map(String));
        for (const corner of pointsOf(hull)) expect(known).toContain(String(corner));
        let farthestOutside = 0;
        for (let a = 0; a < hull.length; a += 2) {
          const b = (a + 2) % hull.length;
          for (const [x, y] of pointsOf(polygon)) {
            const side = (hull[b] - hull[a]) * (y - hull[a + 1]) - (x - hull[a]) * (hull[b + 1] - hull[a + 1]);
            farthestOutside = Math.max(farthestOutside, -side);
          }
        }
        // Rounding of products of numbers up to 100.
        expect(farthestOutside).toBeLessThan(1e-9);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("is the same wherever the polygon starts and whichever way it runs", () => {
    fc.assert(
      fc.property(stars, fc.nat(40), (polygon, shift) => {
        const start = 2 * (shift % (polygon.length / 2));
        const rotated = Float64Array.of(...polygon.subarray(start), ...polygon.subarray(0, start));
        const reversed = Float64Array.from(pointsOf(polygon).toReversed().flat());
        const area = momentsOf([convexHull(polygon)]).areaPx2;
        expect(momentsOf([convexHull(rotated)]).areaPx2).toBeCloseTo(area, 8);
        expect(momentsOf([convexHull(reversed)]).areaPx2).toBeCloseTo(area, 8);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});

describe("Feret diameters", () => {
  it("of a 3 x 4 rectangle are 3 and its diagonal, 5", () => {
    expect(feretDiameters(Float64Array.of(0, 0, 4, 0, 4, 3, 0, 3))).toEqual({ minPx: 3, maxPx: 5 });
  });

  it("are the extremes of the extent over all directions", () => {
    fc.assert(
      fc.property(stars, (polygon) => {
        const { minPx, maxPx } = feretDiameters(convexHull(polygon));
        const extents = Array.from({ length: 720 }, (_, i) => extent(polygon, (i * Math.PI) / 720));
        // Directions are 1/4 degree apart: the extent changes by less than the diameter times half of that.
        const step = maxPx * (Math.PI / 1440);
        expect(Math.max(...extents)).toBeLessThanOrEqual(maxPx + 1e-9);
        expect(Math.max(...extents)).toBeGreaterThan(maxPx - step);
        expect(Math.min(...extents)).toBeGreaterThanOrEqual(minPx - 1e-9);
        expect(Math.min(...extents)).toBeLessThan(minPx + step);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
