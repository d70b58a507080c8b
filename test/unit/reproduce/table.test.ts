/** The table of a reproduction: its rows, its goals, its verdicts. */
import { describe, expect, it } from "vitest";
import { judgeFrame } from "../../../src/daemon/evaluation/judge.js";
import { scoreOf } from "../../../src/daemon/evaluation/score.js";
import { FRAME_SETS } from "../../../src/daemon/reproduce/frame-sets.js";
import { type Goal, type Measurement, standingOf } from "../../../src/daemon/reproduce/goals.js";
import type { SetResult } from "../../../src/daemon/reproduce/measure.js";
import { METHODS, PAPER_LEAST_AREA_PX2, settingsOf } from "../../../src/daemon/reproduce/methods.js";
import { ROWS } from "../../../src/daemon/reproduce/rows.js";
import { reproductionJson, reproductionText } from "../../../src/daemon/reproduce/table.js";
import { judgedRows, selectedRows, verdictText } from "../../../src/daemon/reproduce/verdict.js";
import { foundFrom, rectangleMask, truthFrom } from "../../support/evaluation.js";

const ALL_METHODS = METHODS.map(({ id }) => id);
const TRUTH = truthFrom([rectangleMask(0, 0, 10, 10), rectangleMask(20, 0, 30, 10)]);
const HALF_FOUND = [foundFrom(rectangleMask(0, 0, 10, 10))];

const measurementOf = (found = HALF_FOUND): Measurement => ({
  score: scoreOf([judgeFrame(found, TRUTH)]),
  inRange: null,
  levelsCounted: 1,
  areasCounted: 1,
});

/** A set as if every method had found one particle of two. */
function measuredSet(id: keyof typeof FRAME_SETS): SetResult {
  const image = { widthPx: 96, heightPx: 64, levels: new Uint8Array(96 * 64) };
  const levels = new Uint32Array(256);
  const shown = { found: HALF_FOUND, judgement: judgeFrame(HALF_FOUND, TRUTH), levels };
  return {
    id,
    set: FRAME_SETS[id],
    skipped: null,
    specimen: { name: "seed 1", image, truth: TRUTH, levels },
    trueAreasPx2: [100, 100],
    results: METHODS.map((method) => ({ method, measurement: measurementOf(), shown, areasPx2: [100] })),
  };
}

describe("the rows", () => {
  it("are each named once for a method, and have goals for Mask R-CNN only", () => {
    const names = ROWS.map(({ id, method }) => `${id} ${method}`);
    expect(new Set(names).size).toBe(names.length);
    expect(ROWS.filter(({ method, goals }) => !method.startsWith("mask-rcnn") && goals.length > 0)).toEqual([]);
  });

  it("hold every figure and table of the paper, and every reach", () => {
    const sources = [...new Set(ROWS.map(({ source }) => source))];
    expect(sources).toEqual([
      "Fig. 3a",
      "Fig. 3b",
      "Fig. 3c",
      "Fig. 3d",
      "Fig. 3, last column",
      "Fig. 4",
      "Fig. 5",
      "Fig. 6a-c",
      "Fig. 6d-f",
      "Fig. 6",
      "Fig. 7a",
      "Fig. 7b",
      "Table 1",
      "beyond",
      "reach",
    ]);
    expect(ROWS.filter(({ source, paper }) => /^(Fig|Table)/.test(source) && paper === null)).toEqual([]);
  });

  it("are selected by the beginning of their name and by method", () => {
    const names = (only: readonly string[], methods = ALL_METHODS) =>
      selectedRows({ only, methods }).map(({ id, method }) => `${id} ${method}`);
    expect(names(["fig-3c", "table-1-r"])).toEqual(["fig-3c threshold", "fig-3c mask-rcnn", "table-1-rod mask-rcnn"]);
    expect(names(["fig-6"], ["mask-rcnn+nlm"])).toEqual(["fig-6-nlm mask-rcnn+nlm"]);
    expect(names([])).toHaveLength(ROWS.length);
  });
});

describe("the methods", () => {
  it("threshold as the paper does: edges at Otsu's level, holes left, nothing below 500 px2", () => {
    const [threshold] = METHODS;
    expect(settingsOf(threshold, PAPER_LEAST_AREA_PX2)).toMatchObject({
      segmenter: "threshold",
      filter: "none",
      edge: "otsu",
      fillHoles: false,
      minAreaPx2: 500,
    });
  });

  it("leave Mask R-CNN its own least area", () => {
    const maskRcnn = METHODS.find(({ id }) => id === "mask-rcnn+gaussian") ?? METHODS[0];
    expect(settingsOf(maskRcnn, PAPER_LEAST_AREA_PX2)).toMatchObject({
      filter: "gaussian",
      gaussianKernelPx: 5,
      gaussianSigmaPx: 5,
      minAreaPx2: 20,
    });
  });
});

describe("a goal", () => {
  const standing = (figure: Goal["figure"], relation: Goal["relation"], value: number) =>
    standingOf({ figure, relation, value }, measurementOf());

  it.each([
    ["recall", ">=", 0.5, true],
    ["recall", ">=", 0.51, false],
    ["falseShare", "<=", 0, true],
    ["countError", "<=", 0.49, false],
    ["ecdBias", "within", 0.01, true],
    ["levelsCounted", ">=", 1, true],
  ] as const)("%s %s %d: %s", (figure, relation, value, pass) => {
    expect(standing(figure, relation, value).pass).toBe(pass);
  });

  it("is missed in either direction where it is about a distance from 0", () => {
    const small = measurementOf([foundFrom(rectangleMask(0, 0, 10, 8))]);
    const goal = { figure: "ecdBias", relation: "within", value: 0.1 } as const;
    expect(standingOf(goal, small)).toMatchObject({ pass: false, ours: "-10.56 %", goal: "within 10.00 %" });
  });

  it("is missed where the figure does not exist", () => {
    const goal = { figure: "meanIou", relation: ">=", value: 0 } as const;
    expect(standingOf(goal, measurementOf([]))).toMatchObject({ pass: false, value: null, ours: "-" });
    expect(standing("foundInRange", ">=", 0)).toMatchObject({ pass: false, value: null });
  });
});

describe("the verdicts", () => {
  const rows = selectedRows({ only: ["fig-3c", "fig-3d", "reach-bftem"], methods: ALL_METHODS });
  const absent = "/absent/bftem is not there";
  const sets: readonly SetResult[] = [
    measuredSet("spheres-50/snr-7.4870"),
    measuredSet("spheres-50/snr-14.5497"),
    { id: "bftem", set: FRAME_SETS.bftem, skipped: absent },
  ];
  const judged = judgedRows(rows, sets);
  const provenance = { version: "1", createdAt: "now", frames: 1, seed: 1, model: null, computedBy: "nobody" };

  it("are reported without a goal, failed with one missed, passed with all met, skipped without frames", () => {
    expect(judged.map(({ verdict }) => verdict)).toEqual(["reported", "fail", "pass", "skipped", "skipped"]);
    expect(verdictText(judged)).toBe("1 pass, 1 fail, 2 skipped, 1 reported without a goal");
  });

  it("stand in the table beside the paper's value and ours, and what was skipped is said loudly", () => {
    const text = reproductionText({ provenance, rows: judged, sets });
    expect(text).toMatch(
      /fig-3c .*nothing found +recall 50\.0 % \(>= 100\.0 %\); mean IoU 1\.000 \(>= 0\.940\) +FAIL +1 \/ 2/,
    );
    expect(text).toContain(`SKIPPED: ${absent}`);
    expect(text).toMatch(/spheres of 50 px, SNR 7\.4870 +Mask R-CNN, NLM +1 \/ 2/);
  });

  it("stand in the JSON with every figure, and with every case by every method", () => {
    const json = JSON.parse(reproductionJson({ provenance, rows: judged, sets }));
    const row = json.rows[1];
    expect(row).toMatchObject({ id: "fig-3c", method: "mask-rcnn", paper: "nothing found", verdict: "fail" });
    expect(row.goals[0]).toEqual({ figure: "recall", relation: ">=", value: 1, ours: 0.5, pass: false });
    expect(row.score).toMatchObject({ found: 1, truth: 2, precision: 1, recall: 0.5, ap50: expect.any(Number) });
    expect(json.rows[4]).toMatchObject({ id: "reach-bftem", verdict: "skipped", skipped: absent, goals: [] });
    expect(json.cases.map((one: { methods: readonly unknown[] }) => one.methods.length)).toEqual([
      ALL_METHODS.length,
      ALL_METHODS.length,
      0,
    ]);
  });
});
