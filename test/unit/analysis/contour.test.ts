import { describe, expect, it } from "vitest";
import { largestComponent } from "../../../src/daemon/analysis/component.js";
import { traceContours } from "../../../src/daemon/analysis/contour.js";
import { nodeGridOf } from "../../../src/daemon/analysis/node-grid.js";
import { momentsOf, withoutCollinearPoints } from "../../../src/daemon/analysis/polygon.js";
import type { MaskField } from "../../../src/stream/base/detection.js";
import { drawnMask } from "../../support/analysis.js";

const FRAME = { widthPx: 32, heightPx: 24 };
const AT = { xPx: 8, yPx: 6 };

function contoursOf(mask: MaskField) {
  const { list } = traceContours(nodeGridOf(mask, FRAME));
  return list.map(({ polygon, isHole, component }) => ({
    areaPx2: momentsOf([polygon]).areaPx2,
    isHole,
    component,
    points: polygon.length / 2,
  }));
}

function outlineOf(mask: MaskField): readonly number[] {
  const component = largestComponent(traceContours(nodeGridOf(mask, FRAME)));
  return component === null ? [] : [...withoutCollinearPoints(component.outer)];
}

describe("a contour", () => {
  it("lies where the interpolation between pixel centres is 0.5", () => {
    const mask = { ...AT, widthPx: 3, heightPx: 1, values: Float32Array.of(0.25, 0.75, 1) };
    // Up and down from 0.75 to 0: 1/3 px; left to 0.25: 1/2 px; the last pixel: 1/2 px to each side.
    const outline = outlineOf(mask).map((value) => Number(value.toFixed(4)));
    expect(outline).toEqual([9, 6.5, 9.5, 6.1667, 10.5, 6, 11, 6.5, 10.5, 7, 9.5, 6.8333]);
  });

  it("around one pixel is a diamond", () => {
    expect(outlineOf(drawnMask(["#"], AT))).toEqual([8, 6.5, 8.5, 6, 9, 6.5, 8.5, 7]);
  });

  it("is absent where no pixel reaches 0.5", () => {
    expect(outlineOf({ ...AT, widthPx: 2, heightPx: 2, values: new Float32Array(4).fill(0.499) })).toEqual([]);
    expect(outlineOf({ ...AT, widthPx: 0, heightPx: 0, values: new Float32Array(0) })).toEqual([]);
  });

  it("around a pixel of exactly 0.5 has no area and is no particle", () => {
    expect(outlineOf({ ...AT, widthPx: 1, heightPx: 1, values: Float32Array.of(0.5) })).toEqual([]);
  });

  it("runs clockwise on the screen around a particle and the other way around a hole", () => {
    const contours = contoursOf(drawnMask(["####", "#..#", "#..#", "####"], AT));
    expect(contours).toMatchObject([
      { areaPx2: 15.5, isHole: false, component: 0 },
      { areaPx2: -3.5, isHole: true, component: 0 },
    ]);
  });

  it("of an island in a hole belongs to a component of its own, and so does the island's hole", () => {
    const rows = [
      "#########",
      "#.......#",
      "#.#####.#",
      "#.#...#.#",
      "#.#...#.#",
      "#.#####.#",
      "#.......#",
      "#########",
    ];
    expect(contoursOf(drawnMask(rows, AT)).map(({ isHole, component }) => ({ isHole, component }))).toEqual([
      { isHole: false, component: 0 },
      { isHole: true, component: 0 },
      { isHole: false, component: 2 },
      { isHole: true, component: 2 },
    ]);
  });

  it("joins pixels of a binary mask that touch at a corner", () => {
    expect(contoursOf(drawnMask(["#.", ".#"], AT))).toHaveLength(1);
    expect(contoursOf(drawnMask([".#", "#."], AT))).toHaveLength(1);
  });

  it("joins the corners of a grey saddle where the field between them reaches 0.5, and parts them where it does not", () => {
    const saddle = (inside: number, outside: number): MaskField => ({
      ...AT,
      widthPx: 2,
      heightPx: 2,
      values: Float32Array.of(inside, outside, outside, inside),
    });
    // Saddle value (a d - b c) / (a + d - b - c) = (inside + outside) / 2.
    expect(contoursOf(saddle(0.75, 0.375))).toHaveLength(1);
    expect(contoursOf(saddle(0.75, 0.125))).toHaveLength(2);
  });

  it("keeps no point twice", () => {
    const halves = { ...AT, widthPx: 3, heightPx: 1, values: Float32Array.of(0.5, 1, 0.5) };
    expect(outlineOf(halves)).toEqual([8.5, 6.5, 9.5, 6, 10.5, 6.5, 9.5, 7]);
  });
});

describe("at the edge of the frame a contour", () => {
  const whole = (widthPx: number, heightPx: number): MaskField => ({
    xPx: 0,
    yPx: 0,
    widthPx,
    heightPx,
    values: new Float32Array(widthPx * heightPx).fill(1),
  });

  it("around the whole frame is the frame", () => {
    const { widthPx, heightPx } = FRAME;
    const corners = [0, 0, widthPx, 0, widthPx, heightPx, 0, heightPx];
    expect(outlineOf(whole(widthPx, heightPx))).toEqual(corners);
  });

  it("follows the frame's edge where it is cut and the 0.5 line elsewhere", () => {
    const cut = withoutCollinearPoints(traceContours(nodeGridOf(whole(4, 3), FRAME)).list[0].polygon);
    expect([...cut]).toEqual([0, 0, 4, 0, 4, 2.5, 3.5, 3, 0, 3]);
  });

  it.each([
    { edge: "left", xPx: 0, yPx: 10, at: 0, value: 0 },
    { edge: "top", xPx: 10, yPx: 0, at: 1, value: 0 },
    { edge: "right", xPx: 29, yPx: 10, at: 0, value: 32 },
    { edge: "bottom", xPx: 10, yPx: 21, at: 1, value: 24 },
  ])("reaches the $edge edge, and a binary square keeps its sides", ({ xPx, yPx, at, value }) => {
    const outline = outlineOf(drawnMask(["###", "###", "###"], { xPx, yPx }));
    expect(outline.filter((coordinate, i) => i % 2 === at && coordinate === value)).toHaveLength(2);
    // Two corners lie on the edge and are whole; the two others lose 1/8 px2 each.
    expect(contoursOf(drawnMask(["###", "###", "###"], { xPx, yPx }))[0].areaPx2).toBe(8.75);
  });

  it("around a frame of one pixel is that pixel", () => {
    const outline = withoutCollinearPoints(
      traceContours(nodeGridOf(whole(1, 1), { widthPx: 1, heightPx: 1 })).list[0].polygon,
    );
    expect([...outline]).toEqual([0, 0, 1, 0, 1, 1, 0, 1]);
  });
});

describe("the largest component", () => {
  it("is chosen by its area without its holes", () => {
    const mask = drawnMask(
      ["#######.####", "#.....#.####", "#.....#.####", "#.....#.####", "#.....#.####", "#######.####"],
      AT,
    );
    const component = largestComponent(traceContours(nodeGridOf(mask, FRAME)));
    expect(component?.holes).toHaveLength(0);
    expect(component?.outer[0]).toBe(16);
  });

  it("is the first of equals", () => {
    const component = largestComponent(traceContours(nodeGridOf(drawnMask(["##.##"], AT), FRAME)));
    expect(component?.index).toBe(0);
  });
});
