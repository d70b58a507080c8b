import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measureParticles, type Recognised } from "../../../src/daemon/analysis/measure.js";
import type { MaskField } from "../../../src/stream/base/detection.js";
import {
  PARTICLE_COLUMN_NAMES,
  type ParticleColumnName,
  type ParticleTable,
  particleCount,
} from "../../../src/stream/base/particles.js";
import { disc, drawnMask, ellipse, frameOf, maskOf } from "../../support/analysis.js";

const SEED = 20240916;
const FRAME = frameOf(64, 48);

function detection(mask: MaskField, score = 1): Recognised {
  return { mask, score };
}

function rowOf(particles: ParticleTable, index = 0): Record<ParticleColumnName, number> {
  const entries = PARTICLE_COLUMN_NAMES.map((name) => [name, particles[name][index]] as const);
  return Object.fromEntries(entries) as Record<ParticleColumnName, number>;
}

/** Blobs of every form that a grey field of 12 x 9 can take, its rim included. */
const fields: fc.Arbitrary<MaskField> = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 108, maxLength: 108 })
  .map((levels) => ({ xPx: 20, yPx: 15, widthPx: 12, heightPx: 9, values: Float32Array.from(levels, (v) => v / 255) }));

/** The same mask after a quarter turn clockwise on the screen, in the frame turned with it. */
function turned(mask: MaskField, frameHeightPx: number): MaskField {
  const { widthPx, heightPx } = mask;
  const values = new Float32Array(mask.values.length);
  for (let row = 0; row < heightPx; row++) {
    for (let column = 0; column < widthPx; column++) {
      values[column * heightPx + (heightPx - 1 - row)] = mask.values[row * widthPx + column];
    }
  }
  return { xPx: frameHeightPx - mask.yPx - heightPx, yPx: mask.xPx, widthPx: heightPx, heightPx: widthPx, values };
}

/** Columns that neither place nor direction decides. */
const SHAPE_COLUMNS = [
  "areaPx2",
  "ecdPx",
  "perimeterPx",
  "feretMaxPx",
  "feretMinPx",
  "aspectRatio",
  "circularity",
  "solidity",
  "boundaryAreaRatioPerPx",
] as const;

function expectSameShape(a: ParticleTable, b: ParticleTable): void {
  expect(particleCount(b)).toBe(particleCount(a));
  for (const name of SHAPE_COLUMNS) {
    // float32 columns, and sums in another order.
    for (const [i, value] of a[name].entries()) expect(Math.abs(b[name][i] - value)).toBeLessThan(1e-5 * (1 + value));
  }
}

describe("measureParticles", () => {
  it("gives an empty table and no outlines for no detections", () => {
    const { particles, outlines } = measureParticles([], FRAME);
    expect(particleCount(particles)).toBe(0);
    expect([...outlines.offsets]).toEqual([0]);
    expect(outlines.xyPx).toHaveLength(0);
  });

  it("measures one pixel as the diamond around it", () => {
    const { particles, outlines } = measureParticles([detection(drawnMask(["#"], { xPx: 8, yPx: 6 }), 0.75)], FRAME);
    const row = rowOf(particles);
    expect(row).toMatchObject({ id: 1, centroidXPx: 8.5, centroidYPx: 6.5, areaPx2: 0.5, score: 0.75 });
    expect(row).toMatchObject({ feretMaxPx: 1, solidity: 1, orientationRad: 0, touchesBorder: 0 });
    expect(row.perimeterPx).toBeCloseTo(Math.sqrt(8), 6);
    expect(row.feretMinPx).toBeCloseTo(Math.SQRT1_2, 6);
    expect([...outlines.offsets]).toEqual([0, 4]);
  });

  it.each([0.55, 0.6, 0.7, 0.9])("gives a pixel of %d, which has no direction, an orientation of 0", (value) => {
    const mask = { xPx: 8, yPx: 6, widthPx: 1, heightPx: 1, values: Float32Array.of(value) };
    expect(measureParticles([detection(mask)], FRAME).particles.orientationRad[0]).toBe(0);
  });

  it("measures the whole frame", () => {
    const mask = { xPx: 0, yPx: 0, widthPx: 64, heightPx: 48, values: new Float32Array(64 * 48).fill(1) };
    const { particles, outlines } = measureParticles([detection(mask)], FRAME);
    const row = rowOf(particles);
    expect(row).toMatchObject({ areaPx2: 64 * 48, feretMaxPx: 80, feretMinPx: 48, touchesBorder: 1, solidity: 1 });
    // Four corners of 0.7 px each are lost to smoothing.
    expect(row.perimeterPx).toBeCloseTo(224, -1);
    expect([...outlines.xyPx]).toEqual([0, 0, 64, 0, 64, 48, 0, 48]);
  });

  it("numbers particles from 1 in the order of detections and leaves out those without a pixel of 0.5", () => {
    const faint = { xPx: 1, yPx: 1, widthPx: 2, heightPx: 2, values: new Float32Array(4).fill(0.49) };
    const detections = [
      detection(drawnMask(["##", "##"], { xPx: 30, yPx: 20 }), 0.5),
      detection(faint, 0.9),
      detection(drawnMask(["###", "###"], { xPx: 10, yPx: 8 }), 0.25),
    ];
    const { particles, outlines } = measureParticles(detections, FRAME);
    expect([...particles.id]).toEqual([1, 2]);
    expect([...particles.score]).toEqual([0.5, 0.25]);
    expect(outlines.offsets).toHaveLength(3);
    expect(outlines.xyPx).toHaveLength(2 * outlines.offsets[2]);
  });

  it("leaves out particles below the least area, and keeps one that has it exactly", () => {
    const square = detection(drawnMask(["###", "###", "###"], { xPx: 5, yPx: 5 }));
    expect(particleCount(measureParticles([square], FRAME, 8.5).particles)).toBe(1);
    expect(particleCount(measureParticles([square], FRAME, 8.51).particles)).toBe(0);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "leaves out a mask with %d on its rim, and measures the others",
    (poison) => {
      const broken = drawnMask(["####", "####", "####"], { xPx: 5, yPx: 5 });
      broken.values[1] = poison;
      const sound = drawnMask(["####", "####", "####"], { xPx: 15, yPx: 5 });
      const { particles } = measureParticles([detection(broken), detection(sound)], FRAME);
      // Minus infinity lies below 0.5 as any other value does, and the contour next to it is finite.
      expect(particleCount(particles)).toBe(poison === Number.NEGATIVE_INFINITY ? 2 : 1);
      expect(particles.areaPx2.every(Number.isFinite)).toBe(true);
      expect(particles.areaPx2.at(-1)).toBe(11.5);
    },
  );

  it("takes the largest of several pieces, its mean intensity included", () => {
    const pixels = new Uint8Array(64 * 48).fill(10);
    for (let y = 6; y < 9; y++) pixels.fill(200, y * 64 + 12, y * 64 + 16);
    const mask = drawnMask(["#.######", "#.......", "##..####", "....####", "....####"], { xPx: 8, yPx: 4 });
    const row = rowOf(measureParticles([detection(mask)], frameOf(64, 48, pixels)).particles);
    expect(row).toMatchObject({ areaPx2: 11.5, centroidXPx: 14, centroidYPx: 7.5, meanIntensity: 200 });
  });

  it("subtracts holes from area, solidity and mean intensity, and not from perimeter and outline", () => {
    const pixels = new Uint8Array(64 * 48).fill(100);
    pixels.fill(250, 8 * 64 + 10, 8 * 64 + 12);
    const frame = frameOf(64, 48, pixels);
    const at = { xPx: 8, yPx: 6 };
    const full = rowOf(measureParticles([detection(drawnMask(Array(5).fill("######"), at))], frame).particles);
    const hollow = measureParticles(
      [detection(drawnMask(["######", "######", "##..##", "######", "######"], at))],
      frame,
    );
    const row = rowOf(hollow.particles);
    expect(full.areaPx2).toBe(29.5);
    expect(row.areaPx2).toBe(28);
    expect(row.meanIntensity).toBe(100);
    expect(row.perimeterPx).toBe(full.perimeterPx);
    expect(row.solidity).toBeLessThan(full.solidity);
    expect(hollow.outlines.offsets[1]).toBe(8);
  });

  it("leaves pixels that are not finite out of the mean intensity, and says 0 where no other is left", () => {
    const pixels = new Float32Array(64 * 48).fill(7);
    pixels.set([Number.NaN, Number.POSITIVE_INFINITY], 6 * 64 + 8);
    const frame = frameOf(64, 48, pixels);
    const wide = detection(drawnMask(["####"], { xPx: 8, yPx: 6 }));
    const narrow = detection(drawnMask(["##"], { xPx: 8, yPx: 6 }));
    expect([...measureParticles([wide, narrow], frame).particles.meanIntensity]).toEqual([7, 0]);
  });

  it.each([
    { edge: "left", xPx: 0, yPx: 20 },
    { edge: "top", xPx: 20, yPx: 0 },
    { edge: "right", xPx: 61, yPx: 20 },
    { edge: "bottom", xPx: 20, yPx: 45 },
  ])(
    "says that a particle at the $edge edge touches the border, and one a whole pixel away does not",
    ({ xPx, yPx }) => {
      const square = ["###", "###", "###"];
      const inward = { xPx: Math.min(60, Math.max(1, xPx)), yPx: Math.min(44, Math.max(1, yPx)) };
      const touching = measureParticles([detection(drawnMask(square, { xPx, yPx }))], FRAME).particles;
      const free = measureParticles([detection(drawnMask(square, inward))], FRAME).particles;
      expect([touching.touchesBorder[0], free.touchesBorder[0]]).toEqual([1, 0]);
    },
  );

  it("takes a particle for cut that has less than one pixel of background to the edge", () => {
    // The rim lies 0.79 px from the edge for a border pixel of 0.3, and 1 px for one of 0.
    const near = { xPx: 0, yPx: 20, widthPx: 3, heightPx: 1, values: Float32Array.of(0.3, 1, 1) };
    const clear = { ...near, values: Float32Array.of(0, 1, 1) };
    const { touchesBorder } = measureParticles([detection(near), detection(clear)], FRAME).particles;
    expect([...touchesBorder]).toEqual([1, 0]);
  });

  it.each([
    { xPx: 0, yPx: 20 },
    { xPx: 20, yPx: 0 },
    { xPx: 61, yPx: 20 },
    { xPx: 20, yPx: 45 },
    { xPx: 61, yPx: 45 },
  ])(
    "takes the mean intensity of the mask's own pixels where it is cut by the frame, at $xPx, $yPx",
    ({ xPx, yPx }) => {
      const pixels = new Uint8Array(64 * 48);
      for (let row = 0; row < 3; row++) pixels.fill(100, (yPx + row) * 64 + xPx, (yPx + row) * 64 + xPx + 3);
      const square = detection(drawnMask(["###", "###", "###"], { xPx, yPx }));
      expect(measureParticles([square], frameOf(64, 48, pixels)).particles.meanIntensity[0]).toBe(100);
    },
  );

  it("finds the same particle whether or not its window leaves room around it", () => {
    const shape = disc(30.3, 24.1, 9.5);
    const wide = maskOf(shape, { xPx: 10, yPx: 5, widthPx: 40, heightPx: 40 }, "binary");
    const tight = maskOf(shape, { xPx: 21, yPx: 15, widthPx: 19, heightPx: 19 }, "binary");
    const [a, b] = [wide, tight].map((mask) => measureParticles([detection(mask)], FRAME));
    expect(b).toEqual(a);
  });
});

describe("for any mask", () => {
  it("every value is finite and within its range", () => {
    fc.assert(
      fc.property(fields, (mask) => {
        const { particles } = measureParticles([detection(mask)], FRAME);
        for (let i = 0; i < particleCount(particles); i++) {
          const row = rowOf(particles, i);
          for (const value of Object.values(row)) expect(Number.isFinite(value)).toBe(true);
          const rounding = 1 + 1e-6;
          // No region is larger than the disc on its largest diameter (isodiametric inequality).
          expect(row.ecdPx).toBeLessThanOrEqual(row.feretMaxPx * rounding);
          // No convex region is smaller than the equilateral triangle of its smallest width (Pal 1921): 1 / sqrt(3) of its square.
          const hullAreaPx2 = row.areaPx2 / row.solidity;
          expect(hullAreaPx2 * rounding).toBeGreaterThanOrEqual(row.feretMinPx ** 2 / Math.sqrt(3));
          expect(row.feretMinPx).toBeLessThanOrEqual(row.feretMaxPx * rounding);
          for (const ratio of [row.aspectRatio, row.circularity, row.solidity]) {
            expect(ratio).toBeGreaterThan(0);
            expect(ratio).toBeLessThanOrEqual(rounding);
          }
          expect(Math.abs(row.orientationRad)).toBeLessThanOrEqual((Math.PI / 2) * rounding);
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("moving it by whole pixels moves centroid and outline, and changes nothing else", () => {
    fc.assert(
      fc.property(fields, fc.integer({ min: -19, max: 31 }), fc.integer({ min: -14, max: 23 }), (mask, dx, dy) => {
        const here = measureParticles([detection(mask)], FRAME);
        const there = measureParticles([detection({ ...mask, xPx: mask.xPx + dx, yPx: mask.yPx + dy })], FRAME);
        expectSameShape(here.particles, there.particles);
        if (particleCount(here.particles) === 0) return;
        expect(there.particles.centroidXPx[0] - here.particles.centroidXPx[0]).toBeCloseTo(dx, 4);
        expect(there.particles.centroidYPx[0] - here.particles.centroidYPx[0]).toBeCloseTo(dy, 4);
        expect(there.outlines.offsets).toEqual(here.outlines.offsets);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("a quarter turn turns its axis and changes nothing else", () => {
    fc.assert(
      fc.property(fields, (mask) => {
        const before = measureParticles([detection(mask)], FRAME).particles;
        const after = measureParticles([detection(turned(mask, 48))], frameOf(48, 64)).particles;
        expectSameShape(before, after);
        for (const [i, angle] of before.orientationRad.entries()) {
          const turn = Math.abs(after.orientationRad[i] - angle);
          expect(turn).toBeCloseTo(Math.PI / 2, 3);
          expect(after.centroidXPx[i]).toBeCloseTo(48 - before.centroidYPx[i], 4);
          expect(after.centroidYPx[i]).toBeCloseTo(before.centroidXPx[i], 4);
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("the order of detections orders the rows and decides nothing else", () => {
    fc.assert(
      fc.property(fc.array(fields, { minLength: 2, maxLength: 5 }), (masks) => {
        const detections = masks.map((mask) => detection(mask));
        const forward = measureParticles(detections, FRAME).particles;
        const backward = measureParticles(detections.toReversed(), FRAME).particles;
        for (const name of PARTICLE_COLUMN_NAMES) {
          if (name !== "id") expect([...backward[name]].toReversed()).toEqual([...forward[name]]);
        }
      }),
      { seed: SEED, numRuns: 50 },
    );
  });
});

describe("a shape twice as large", () => {
  it("has twice the lengths, four times the area, half the boundary/area ratio and the same ratios", () => {
    const frame = frameOf(70, 70);
    const window = { xPx: 0, yPx: 0, widthPx: 70, heightPx: 70 };
    const [small, large] = [1, 2].map((scale) => {
      const shape = ellipse(15 * scale, 9 * scale, { xPx: 35.2, yPx: 34.7, angleRad: 0.4 });
      return rowOf(measureParticles([detection(maskOf(shape, window, "smooth"))], frame).particles);
    });
    // Both are within 0.5 % of the true ellipse.
    for (const name of ["ecdPx", "perimeterPx", "feretMaxPx", "feretMinPx"] as const) {
      expect(large[name] / small[name] / 2).toBeCloseTo(1, 2);
    }
    expect(large.areaPx2 / small.areaPx2 / 4).toBeCloseTo(1, 2);
    expect((large.boundaryAreaRatioPerPx / small.boundaryAreaRatioPerPx) * 2).toBeCloseTo(1, 2);
    for (const name of ["aspectRatio", "circularity", "solidity", "orientationRad"] as const) {
      expect(large[name]).toBeCloseTo(small[name], 2);
    }
  });
});

it("measures the same without outlines, which then have no points", () => {
  const detections = [disc(20, 20, 8), disc(45, 30, 6)].map((shape) =>
    detection(maskOf(shape, { xPx: 0, yPx: 0, ...FRAME }, "smooth")),
  );
  const { particles, outlines } = measureParticles(detections, FRAME, 0, false);
  expect(particles).toEqual(measureParticles(detections, FRAME).particles);
  expect(outlines).toEqual({ offsets: Uint32Array.of(0, 0, 0), xyPx: new Float32Array(0) });
});
