import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COLOUR_BINS, colourBin, colourRange, roundStep } from "../../../dashboard/src/view/colour-scale.js";
import { outlineAt } from "../../../dashboard/src/view/outlines.js";
import { scaleBar } from "../../../dashboard/src/view/scale-bar.js";
import { fitted, isFitted, panned, toFrame, zoomed } from "../../../dashboard/src/view/viewport.js";

describe("the colour scale", () => {
  test("has a bin for every size, the ends for what lies outside", () => {
    const range = { low: 10, high: 20 };
    expect([5, 10, 19.999, 20, 99].map((size) => colourBin(size, range))).toEqual([
      0,
      0,
      COLOUR_BINS - 1,
      COLOUR_BINS - 1,
      COLOUR_BINS - 1,
    ]);
  });

  test("covers all but the outermost sizes with round ends", () => {
    const sizes = fc.array(fc.double({ min: 0.5, max: 5_000, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sizes, (values) => {
        const range = colourRange(null, values);
        expect(range).not.toBeNull();
        if (range === null) return;
        expect(range.low).toBeLessThanOrEqual(Math.min(...values) + 1e-9);
        expect(range.high).toBeGreaterThanOrEqual(Math.max(...values) - 1e-9);
        expect(range.low).toBeGreaterThanOrEqual(0);
      }),
      { seed: 2 },
    );
  });

  test("stays as it was while the sizes still fill it, and changes when they leave it", () => {
    const range = colourRange(null, [5, 10, 20]);
    expect(colourRange(range, [5.5, 9, 19])).toBe(range);
    expect(colourRange(range, [])).toBe(range);
    expect(colourRange(range, [5, 10, 60])).not.toEqual(range);
    expect(colourRange(range, [9, 9.5, 10])).not.toEqual(range);
    expect(colourRange(null, [])).toBeNull();
  });

  test("rounds steps to 1, 2 and 5", () => {
    expect([0.7, 1, 1.1, 2.5, 5.1, 30].map(roundStep)).toEqual([1, 1, 2, 5, 10, 50]);
  });
});

describe("the scale bar", () => {
  test("is a round length between a tenth and a quarter of the view", () => {
    const cases = fc.record({
      frameCssPx: fc.double({ min: 0.01, max: 64, noNaN: true }),
      viewPx: fc.integer({ min: 100, max: 4_000 }),
      pixelSizeNm: fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ frameCssPx, viewPx, pixelSizeNm }) => {
        const { widthCssPx, label } = scaleBar(frameCssPx, viewPx, pixelSizeNm);
        expect(widthCssPx).toBeLessThanOrEqual(viewPx * 0.25 + 1e-6);
        expect(widthCssPx).toBeGreaterThan(viewPx * 0.25 * 0.39);
        expect(label.replaceAll("\u202f", "")).toMatch(/^(0\.0*)?[125]0* (pm|nm|µm)$/u);
      }),
      { seed: 3 },
    );
  });

  test.each([
    { pixelSizeNm: 1, label: "100 nm" },
    { pixelSizeNm: 20, label: "2 µm" },
    { pixelSizeNm: 0.001, label: "100 pm" },
    { pixelSizeNm: null, label: "100 px" },
  ])("of a view of 400 px at $pixelSizeNm nm/px reads $label", ({ pixelSizeNm, label }) => {
    expect(scaleBar(1, 400, pixelSizeNm).label).toBe(label);
  });
});

describe("the viewport", () => {
  const frame = { width: 512, height: 256 };
  const view = { width: 600, height: 600 };

  test("shows the whole frame in the middle to begin with", () => {
    expect(fitted(frame, view)).toEqual({ scale: 600 / 512, offsetX: 0, offsetY: 150 });
  });

  test("zooms about the pointer: the frame px under it stays under it", () => {
    const about = { x: 300, y: 300 };
    const before = fitted(frame, view);
    const after = zoomed(before, { factor: 4, about }, frame, view);
    expect(toFrame(after, about).x).toBeCloseTo(toFrame(before, about).x, 9);
    expect(toFrame(after, about).y).toBeCloseTo(toFrame(before, about).y, 9);
    expect(isFitted(after, frame, view)).toBe(false);
  });

  test("cannot be zoomed out past the whole frame nor panned off it", () => {
    const zoomedIn = zoomed(fitted(frame, view), { factor: 3, about: { x: 0, y: 0 } }, frame, view);
    const far = panned(zoomedIn, { x: -1e6, y: 1e6 }, frame, view);
    expect(toFrame(far, { x: view.width, y: 0 })).toEqual({ x: frame.width, y: 0 });
    const out = zoomed(far, { factor: 1e-6, about: { x: 10, y: 10 } }, frame, view);
    expect(out).toEqual(fitted(frame, view));
  });
});

describe("pointing at an outline", () => {
  // A square of 10 px with a square of 2 px inside it.
  const outlines = {
    offsets: Uint32Array.of(0, 4, 8),
    xyPx: Float32Array.of(0, 0, 10, 0, 10, 10, 0, 10, 4, 4, 6, 4, 6, 6, 4, 6),
  };
  const ecdPx = [10, 2];

  test("finds the particle that encloses the point, the smaller one where two do", () => {
    expect(outlineAt(outlines, ecdPx, { x: 1, y: 1 })).toBe(0);
    expect(outlineAt(outlines, ecdPx, { x: 5, y: 5 })).toBe(1);
    expect(outlineAt(outlines, ecdPx, { x: 11, y: 5 })).toBeNull();
    expect(outlineAt({ offsets: Uint32Array.of(0), xyPx: new Float32Array() }, [], { x: 1, y: 1 })).toBeNull();
  });
});
