import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutDuplicates } from "../../../src/daemon/segment/duplicates.js";
import { maskAreaPx, pasted, sharedAreaPx } from "../../../src/daemon/segment/masks.js";

const full = { columns: 28, rows: 28, probabilities: new Float32Array(28 * 28).fill(1) };

describe("pasted", () => {
  it("gives a pixel the value of the cell at its centre", () => {
    const probabilities = Float32Array.from({ length: 16 }, (_, i) => i / 16);
    const mask = pasted({ columns: 4, rows: 4, probabilities }, { x0: 3, y0: 5, x1: 7, y1: 9 }, 20, 20);
    const [cell, margin] = [mask?.values[1 * 6 + 1], mask?.values.subarray(0, 6)];
    expect([mask?.xPx, mask?.yPx, mask?.widthPx, mask?.heightPx]).toEqual([2, 4, 6, 6]);
    expect([cell, mask?.values[4 * 6 + 4]]).toEqual([probabilities[0], probabilities[15]]);
    expect(margin).toEqual(new Float32Array(6));
  });

  it("falls to 0.5 at the edges of the box, wherever they lie between pixels", () => {
    for (const shift of [0, 0.3, 0.5, 0.9]) {
      const mask = pasted(full, { x0: 10 + shift, y0: 10, x1: 66 + shift, y1: 66 }, 100, 100);
      const row = mask === null ? [] : [...mask.values.subarray(20 * mask.widthPx, 21 * mask.widthPx)];
      const crossing = row.findIndex((value) => value >= 0.5);
      const [before, after] = [row[crossing - 1] ?? 0, row[crossing]];
      const edge = (mask?.xPx ?? 0) + crossing - 0.5 + (0.5 - before) / (after - before);
      expect(edge).toBeCloseTo(10 + shift, 4);
    }
  });

  it("agrees with the formula of grid_sample at every pixel of the frame", () => {
    const coordinate = fc.double({ min: -5, max: 25, noNaN: true });
    const size = fc.double({ min: 0.2, max: 30, noNaN: true });
    const cells = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 9, maxLength: 9 });
    fc.assert(
      fc.property(coordinate, coordinate, size, size, cells, (x0, y0, w, h, values) => {
        const box = { x0, y0, x1: x0 + w, y1: y0 + h };
        const probabilities = Float32Array.from(values);
        const mask = pasted({ columns: 3, rows: 3, probabilities }, box, 20, 16);
        const cell = (row: number, column: number) =>
          row < 0 || column < 0 || row > 2 || column > 2 ? 0 : probabilities[row * 3 + column];
        for (let y = 0; y < 16; y++) {
          for (let x = 0; x < 20; x++) {
            const u = ((x + 0.5 - x0) / w) * 3 - 0.5;
            const v = ((y + 0.5 - y0) / h) * 3 - 0.5;
            const [i, j] = [Math.floor(v), Math.floor(u)];
            const [a, b] = [v - i, u - j];
            const upper = (1 - b) * cell(i, j) + b * cell(i, j + 1);
            const lower = (1 - b) * cell(i + 1, j) + b * cell(i + 1, j + 1);
            const inX = mask !== null && x >= mask.xPx && x < mask.xPx + mask.widthPx;
            const inY = mask !== null && y >= mask.yPx && y < mask.yPx + mask.heightPx;
            const found = inX && inY ? mask.values[(y - mask.yPx) * mask.widthPx + x - mask.xPx] : 0;
            expect(found).toBeCloseTo((1 - a) * upper + a * lower, 4);
          }
        }
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it("stays inside the frame, and is null outside it and for boxes without area", () => {
    const mask = pasted(full, { x0: -20, y0: -20, x1: 20, y1: 20 }, 30, 30);
    expect([mask?.xPx, mask?.yPx]).toEqual([0, 0]);
    expect(pasted(full, { x0: -50, y0: 0, x1: -10, y1: 20 }, 30, 30)).toBeNull();
    expect(pasted(full, { x0: 5, y0: 5, x1: 5, y1: 9 }, 30, 30)).toBeNull();
  });
});

describe("withoutDuplicates", () => {
  const candidate = (x0: number, width: number, score: number, isCut = false) => {
    const values = new Float32Array(width * 10).fill(1);
    const mask = { xPx: x0, yPx: 0, widthPx: width, heightPx: 10, values };
    const box = { x0, y0: 0, x1: x0 + width, y1: 10 };
    return { mask, box, score, areaPx: maskAreaPx(mask), isCut };
  };

  it("counts shared pixels", () => {
    expect(sharedAreaPx(candidate(0, 10, 1).mask, candidate(4, 10, 1).mask)).toBe(60);
    expect(sharedAreaPx(candidate(0, 10, 1).mask, candidate(10, 10, 1).mask)).toBe(0);
  });

  it("prefers the whole particle to the piece that a seam cut off, whatever their scores", () => {
    const [whole, piece] = [candidate(0, 20, 0.6), candidate(0, 8, 0.9, true)];
    expect(withoutDuplicates([piece, whole], 0.6)).toEqual([whole]);
  });

  it("prefers the higher score of two whole ones", () => {
    const [good, poor] = [candidate(1, 20, 0.9), candidate(0, 20, 0.6)];
    expect(withoutDuplicates([poor, good], 0.6)).toEqual([good]);
  });

  it("keeps particles that overlap by no more than the limit", () => {
    const pair = [candidate(0, 10, 0.9), candidate(4, 10, 0.8)];
    expect(withoutDuplicates(pair, 0.6)).toEqual(pair);
    expect(withoutDuplicates(pair, 0.59)).toHaveLength(1);
  });
});
