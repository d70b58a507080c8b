import { describe, expect, it } from "vitest";
import { blurred, momentsOf, type Plane, planeOf, shrunk } from "../../../src/daemon/segment/plane.js";
import { resampled } from "../../../src/daemon/segment/resample.js";
import { randomBytes } from "../../support/segment.js";

const noise: Plane = planeOf({ widthPx: 37, heightPx: 29, levels: randomBytes(37 * 29, 5) });

describe("blurred", () => {
  it("spreads a point with the standard deviation asked for", () => {
    for (const sigma of [1.41, 2.45, 8, 16]) {
      const values = new Float32Array(201 * 201);
      values[100 * 201 + 100] = 1;
      const spread = blurred({ widthPx: 201, heightPx: 201, values }, sigma).values;
      const variance = spread.reduce((sum, value, i) => sum + value * ((i % 201) - 100) ** 2, 0);
      expect(Math.abs(Math.sqrt(variance) / sigma - 1)).toBeLessThan(0.07);
      expect(spread.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
    }
  });

  it("leaves a flat image as it is, up to its edges, also where it is wider than the image", () => {
    const flat = { widthPx: 7, heightPx: 3, values: new Float32Array(21).fill(42) };
    for (const sigma of [1, 10]) for (const value of blurred(flat, sigma).values) expect(value).toBeCloseTo(42, 4);
  });

  it("treats rows and columns alike", () => {
    const turned = (plane: Plane): Plane => ({
      widthPx: plane.heightPx,
      heightPx: plane.widthPx,
      values: plane.values.map(
        (_, i) => plane.values[(i % plane.heightPx) * plane.widthPx + Math.floor(i / plane.heightPx)],
      ),
    });
    const a = turned(blurred(turned(noise), 3)).values;
    blurred(noise, 3).values.forEach((value, i) => {
      expect(value).toBeCloseTo(a[i], 3);
    });
  });
});

describe("shrunk", () => {
  it("takes means of whole blocks and leaves out the rest", () => {
    const levels = Uint8Array.from([0, 2, 9, 4, 6, 9, 100, 100, 100]);
    expect(shrunk({ widthPx: 3, heightPx: 3, levels }, 2)).toEqual({
      widthPx: 1,
      heightPx: 1,
      values: Float32Array.of(3),
    });
  });

  it("makes one block of an edge shorter than a block", () => {
    const levels = Uint8Array.from([10, 20, 30, 40]);
    expect(shrunk({ widthPx: 4, heightPx: 1, levels }, 2).values).toEqual(Float32Array.of(15, 35));
  });
});

describe("resampled", () => {
  it("returns an image of its own size untouched", () => {
    expect(resampled(noise, 37, 29)).toBe(noise);
  });

  it("keeps the frame's edges in place: a ramp stays the same ramp", () => {
    const ramp = { widthPx: 40, heightPx: 1, values: Float32Array.from({ length: 40 }, (_, i) => i + 0.5) };
    for (const width of [20, 55, 80]) {
      const { values } = resampled(ramp, width, 1);
      values.forEach((value, i) => {
        const x = (i + 0.5) * (40 / width);
        if (x > 4 && x < 36) expect(value).toBeCloseTo(x, 4);
      });
    }
  });

  it("keeps the mean when it shrinks noise, and lowers its deviation", () => {
    const small = resampled(noise, 15, 12);
    const [before, after] = [momentsOf(noise.values), momentsOf(small.values)];
    expect(Math.abs(after.mean - before.mean)).toBeLessThan(3);
    expect(after.deviation).toBeLessThan(before.deviation / 2);
  });
});
