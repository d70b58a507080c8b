import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Region, regionsOf, SPAN_STRIDE } from "../../../src/daemon/segment/components.js";

/** Draws regions with a letter each. */
function drawn(rows: readonly string[], fillHoles: boolean, minAreaPx = 1): readonly string[] {
  const regions = regionsOf(imageOf(rows), { fillHoles, minAreaPx });
  const canvas = rows.map((row) => [...row].map(() => "."));
  for (const [i, region] of regions.entries()) paint(region, (y, x) => (canvas[y][x] = String.fromCharCode(97 + i)));
  return canvas.map((row) => row.join(""));
}

function paint({ spans }: Region, mark: (y: number, x: number) => void): void {
  for (let at = 0; at < spans.length; at += SPAN_STRIDE) {
    for (let x = spans[at + 1]; x < spans[at + 2]; x++) mark(spans[at], x);
  }
}

function imageOf(rows: readonly string[]) {
  const values = Uint8Array.from(rows.join(""), (character) => Number(character === "#"));
  return { widthPx: rows[0].length, heightPx: rows.length, values };
}

describe("regionsOf", () => {
  it("joins over corners, in both directions", () => {
    expect(drawn(["#...", ".#.#", "..#."], false)).toEqual(["a...", ".a.a", "..a."]);
  });

  it("keeps apart what no edge or corner joins, numbered by first pixel", () => {
    expect(drawn([".#.#", ".#..", "#..#"], false)).toEqual([".a.b", ".a..", "a..c"]);
  });

  it("joins arms that meet only at the bottom", () => {
    expect(drawn(["#.#", "#.#", "###"], true)).toEqual(["a.a", "a.a", "aaa"]);
  });

  it("fills a hole but no bay, and a hole closed by corners only", () => {
    expect(drawn([".#..##", "#.#.#.", ".#..##"], true)).toEqual([".a..bb", "aaa.b.", ".a..bb"]);
  });

  it("counts what lies in a filled hole as the particle around it", () => {
    const rows = ["#####", "#...#", "#.#.#", "#...#", "#####"];
    expect(drawn(rows, true)).toEqual(Array(5).fill("aaaaa"));
    expect(drawn(rows, false)).toEqual(["aaaaa", "a...a", "a.b.a", "a...a", "aaaaa"]);
  });

  it("leaves a hole that the edge of the image opens", () => {
    expect(drawn(["#.#", "###"], true)).toEqual(["a.a", "aaa"]);
  });

  it("compares the area with holes with the least area", () => {
    const ring = ["###", "#.#", "###"];
    expect(drawn(ring, true, 9)).toEqual(["aaa", "aaa", "aaa"]);
    expect(drawn(ring, true, 10)).toEqual(["...", "...", "..."]);
    expect(drawn(ring, false, 9)).toEqual(["...", "...", "..."]);
  });

  it("takes images of one pixel, all and nothing", () => {
    expect(drawn(["#"], true)).toEqual(["a"]);
    expect(drawn(["."], true)).toEqual(["."]);
    expect(drawn(["##", "##"], true)).toEqual(["aa", "aa"]);
  });

  it("agrees with a flood fill on any image", () => {
    const image = fc.integer({ min: 1, max: 12 }).chain((width) =>
      fc.array(fc.array(fc.constantFrom("#", "."), { minLength: width, maxLength: width }), {
        minLength: 1,
        maxLength: 12,
      }),
    );
    fc.assert(
      fc.property(image, (rows) => {
        const lines = rows.map((row) => row.join(""));
        expect(drawn(lines, false)).toEqual(flooded(lines));
        expect(drawn(lines, true)).toEqual(flooded(withoutHoles(lines)));
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

const EDGES = [
  [0, 1],
  [1, 0],
  [0, -1],
  [-1, 0],
] as const;
const CORNERS = [
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
] as const;

function flood(
  canvas: string[][],
  y: number,
  x: number,
  from: string,
  to: string,
  ways: readonly (readonly [number, number])[],
) {
  if (canvas[y]?.[x] !== from) return;
  canvas[y][x] = to;
  for (const [dy, dx] of ways) flood(canvas, y + dy, x + dx, from, to, ways);
}

function flooded(rows: readonly string[]): readonly string[] {
  const canvas = rows.map((row) => [...row]);
  let next = 97;
  canvas.forEach((row, y) => {
    row.forEach((_, x) => {
      if (canvas[y][x] === "#") flood(canvas, y, x, "#", String.fromCharCode(next++), [...EDGES, ...CORNERS]);
    });
  });
  return canvas.map((row) => row.join(""));
}

function withoutHoles(rows: readonly string[]): readonly string[] {
  const canvas = rows.map((row) => [...row]);
  canvas.forEach((row, y) => {
    row.forEach((_, x) => {
      const isEdge = y === 0 || x === 0 || y === canvas.length - 1 || x === row.length - 1;
      if (isEdge) flood(canvas, y, x, ".", "o", EDGES);
    });
  });
  return canvas.map((row) => row.join("").replaceAll(".", "#").replaceAll("o", "."));
}
