/** What reports are made of. */
import { describe, expect, it } from "vitest";
import { scoreOf } from "../../../src/daemon/evaluation/score.js";
import { binned, chart } from "../../../src/daemon/report/chart.js";
import { figureText } from "../../../src/daemon/report/figures.js";
import { html } from "../../../src/daemon/report/html.js";
import { boxPath, maskPath, polygonPath } from "../../../src/daemon/report/picture.js";
import { textTable } from "../../../src/daemon/report/text-table.js";
import { GOLDEN_SIZE, rectangleMask } from "../../support/evaluation.js";

describe("HTML", () => {
  it("escapes what is put into it, and leaves HTML alone", () => {
    const name = '<b>"a" & b</b>.png';
    expect(html`<p title="${name}">${html`<i>${1}</i>`}${[html`x`, html`y`]}</p>`.html).toBe(
      '<p title="&lt;b&gt;&quot;a&quot; &amp; b&lt;/b&gt;.png"><i>1</i>xy</p>',
    );
  });
});

describe("a text table", () => {
  it("aligns words left and numbers right, also where a row is short", () => {
    expect(textTable([["case", "n"], ["a", "10"], ["longer"]])).toBe("case     n\na       10\nlonger\n");
    expect(textTable([])).toBe("");
  });
});

describe("a figure", () => {
  it("that does not exist is a dash, not a number", () => {
    const score = scoreOf([]);
    expect(figureText("f1", score)).toBe("-");
    expect(figureText("falsePerFrame", score)).toBe("0.00");
  });

  it("has the sign of its direction where it has one", () => {
    const score = { ...scoreOf([]), ecdBias: 0.0123, boundaryAreaBias: -0.05, recall: 0.9876 };
    expect(figureText("ecdBias", score)).toBe("+1.23 %");
    expect(figureText("boundaryAreaBias", score)).toBe("-5.00 %");
    expect(figureText("recall", score)).toBe("98.8 %");
  });
});

describe("a histogram", () => {
  it("counts what lies outside its bins in the first and last", () => {
    expect(binned([-5, 0, 9.9, 10, 25, 1000], 0, 10, 3)).toEqual([3, 1, 2]);
  });

  it("is drawn also where nothing was counted", () => {
    const series = [{ name: "truth", colour: "#000", counts: [] }];
    expect(chart({ title: "t", axis: "x", low: 0, binWidth: 1, series }).html).not.toMatch(/NaN|Infinity/);
  });
});

describe("outlines", () => {
  it("are closed paths to a tenth of a pixel", () => {
    expect(polygonPath([[0, 0, 10.04, 0, 10.06, 10], []])).toBe("M0 0L10 0L10.1 10Z");
    expect(boxPath([{ x0: 1, y0: 2, x1: 3, y1: 4 }])).toBe("M1 2L3 2L3 4L1 4Z");
  });

  it("go around masks half a pixel beyond their outermost centres", () => {
    expect(maskPath([rectangleMask(4, 4, 6, 6)], GOLDEN_SIZE)).toMatch(/^M4 4\.5L/);
  });
});
