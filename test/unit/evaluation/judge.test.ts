import { describe, expect, it } from "vitest";
import { averagePrecision, IOU_THRESHOLDS } from "../../../src/daemon/evaluation/average-precision.js";
import { cubeBoundaryArea, rodBoundaryArea, sphereBoundaryArea } from "../../../src/daemon/evaluation/boundary-area.js";
import { foundParticles } from "../../../src/daemon/evaluation/found.js";
import { judgeFrame } from "../../../src/daemon/evaluation/judge.js";
import { matchesByCentre, matchesByIou } from "../../../src/daemon/evaluation/matching.js";
import { boxIou } from "../../../src/daemon/evaluation/overlap.js";
import { maskIou, pixelMaskFromField, pixelMasksFromLabels } from "../../../src/daemon/evaluation/pixel-mask.js";
import { foundInRange, scoreOf } from "../../../src/daemon/evaluation/score.js";
import type { Box } from "../../../src/stream/base/detection.js";
import { frameOf } from "../../support/analysis.js";
import { discMask, foundFrom, GOLDEN_SIZE, rectangleMask, truthFrom } from "../../support/evaluation.js";

const box = (x0: number, y0: number, x1: number, y1: number): Box => ({ x0, y0, x1, y1 });

describe("masks", () => {
  it("are what a field has at 0.5 and above, cut to their smallest window", () => {
    const values = Float32Array.of(0, 0, 0, 0, 0.5, 0.9, 0, 0.49, 0.7);
    const mask = pixelMaskFromField({ xPx: 10, yPx: 20, widthPx: 3, heightPx: 3, values });
    expect(mask).toEqual({ xPx: 11, yPx: 21, widthPx: 2, heightPx: 2, pixels: Uint8Array.of(1, 1, 0, 1), areaPx2: 3 });
    expect(pixelMaskFromField({ xPx: 0, yPx: 0, widthPx: 1, heightPx: 1, values: Float32Array.of(0.4) })).toBeNull();
  });

  it("come one a number from a label image, whatever the numbers", () => {
    const masks = pixelMasksFromLabels([0, 700, 700, 3, 0, 700], 3);
    expect(masks.map(({ xPx, yPx, areaPx2 }) => [xPx, yPx, areaPx2])).toEqual([
      [0, 1, 1],
      [1, 0, 3],
    ]);
  });

  it("overlap by intersection over union", () => {
    expect(maskIou(rectangleMask(0, 0, 10, 10), rectangleMask(5, 0, 15, 10))).toBeCloseTo(50 / 150, 15);
    expect(maskIou(rectangleMask(0, 0, 10, 10), rectangleMask(10, 0, 20, 10))).toBe(0);
    expect(boxIou(box(0, 0, 10, 10), box(5, 0, 15, 10))).toBeCloseTo(1 / 3, 15);
    expect(boxIou(box(0, 0, 10, 10), box(10, 0, 20, 10))).toBe(0);
  });
});

describe("matching", () => {
  it("is one to one and lets the surest choose first", () => {
    const overlaps = [
      [
        { truth: 0, iou: 0.9 },
        { truth: 1, iou: 0.6 },
      ],
      [{ truth: 0, iou: 0.8 }],
    ];
    const options = { truthCount: 2, leastIou: 0.5 };
    expect(Array.from(matchesByIou(overlaps, { ...options, order: [0, 1] }))).toEqual([0, -1]);
    expect(Array.from(matchesByIou(overlaps, { ...options, order: [1, 0] }))).toEqual([1, 0]);
  });

  it("takes an IoU of exactly the threshold", () => {
    const matches = matchesByIou([[{ truth: 0, iou: 0.5 }]], { order: [0], truthCount: 1, leastIou: 0.5 });
    expect(Array.from(matches)).toEqual([0]);
  });

  it("by centre takes the nearest of the boxes that hold it, each once", () => {
    const truths = [box(0, 0, 20, 20), box(8, 8, 16, 16)];
    const found = [box(11, 11, 13, 13), box(11, 11, 13, 13), box(11, 11, 13, 13), box(40, 40, 50, 50)];
    expect(Array.from(matchesByCentre(found, truths, [0, 1, 2, 3]))).toEqual([1, 0, -1, -1]);
  });
});

describe("average precision", () => {
  it("has COCO's thresholds, to the bit", () => {
    expect(IOU_THRESHOLDS.map((threshold) => threshold.toFixed(2))).toEqual([
      "0.50",
      "0.55",
      "0.60",
      "0.65",
      "0.70",
      "0.75",
      "0.80",
      "0.85",
      "0.90",
      "0.95",
    ]);
    expect(IOU_THRESHOLDS.at(-1)).toBe(0.95);
  });

  it("is null where there is nothing to find and 0 where nothing is found", () => {
    expect(averagePrecision([{ scores: [0.5], hits: [0] }], 0)).toEqual({ ap50: null, ap50To95: null });
    expect(averagePrecision([{ scores: [], hits: [] }], 3)).toEqual({ ap50: 0, ap50To95: 0 });
  });
});

describe("a score", () => {
  const truth = truthFrom([rectangleMask(0, 0, 10, 10), rectangleMask(20, 0, 30, 10), rectangleMask(40, 0, 60, 10)]);
  const found = [
    foundFrom(rectangleMask(0, 0, 10, 10), 0.9),
    foundFrom(rectangleMask(20, 0, 30, 8), 0.8),
    foundFrom(rectangleMask(70, 40, 75, 45), 0.7),
  ];
  const score = scoreOf([judgeFrame(found, truth)]);

  it("counts what is right, what is false and what is missed", () => {
    expect(score).toMatchObject({ frames: 1, truth: 3, reported: 3, found: 2, falsePerFrame: 1, countError: 0 });
    expect(score.precision).toBeCloseTo(2 / 3, 15);
    expect(score.recall).toBeCloseTo(2 / 3, 15);
    expect(score.f1).toBeCloseTo(2 / 3, 15);
  });

  it("averages overlaps and diameters over the matched", () => {
    expect(score.meanIou).toBeCloseTo((1 + 0.8) / 2, 15);
    expect(score.ecdBias).toBeCloseTo((Math.sqrt(0.8) - 1) / 2, 12);
    expect(score.ecdSpread).toBeCloseTo((1 - Math.sqrt(0.8)) / Math.SQRT2, 12);
    expect(score.boundaryAreaBias).toBeNull();
  });

  it("counts pixels of all masks together", () => {
    const total = GOLDEN_SIZE.widthPx * GOLDEN_SIZE.heightPx;
    expect(score.pixelAccuracy).toBeCloseTo((total - 20 - 200 - 25) / total, 15);
    expect(score.pixelIou).toBeCloseTo(180 / 425, 15);
  });

  it("does not let errors of the count cancel between frames", () => {
    const one = truthFrom([rectangleMask(0, 0, 10, 10)]);
    const judgements = [judgeFrame([], one), judgeFrame([found[0], found[1]], one)];
    expect(scoreOf(judgements)).toMatchObject({ truth: 2, reported: 2, countError: 1 });
  });

  it("of empty frames has no fractions, but counts what is false", () => {
    const empty = truthFrom([]);
    expect(scoreOf([judgeFrame([], empty)])).toMatchObject({
      f1: null,
      recall: null,
      falsePerFrame: 0,
      pixelAccuracy: 1,
    });
    const score = scoreOf([judgeFrame([found[0]], empty), judgeFrame([], empty)]);
    expect(score).toMatchObject({ f1: 0, precision: 0, recall: null, falsePerFrame: 0.5, countError: null });
  });

  it("of no frame is empty", () => {
    expect(scoreOf([])).toMatchObject({ frames: 0, truth: 0, f1: null, falsePerFrame: 0, pixelIou: null });
  });

  it("on boxes judges the segmenter's own box, also by its centre, and knows no pixels", () => {
    const boxes = truthFrom([rectangleMask(0, 0, 10, 10), rectangleMask(20, 0, 40, 10)], "boxes");
    const shifted = { ...foundFrom(rectangleMask(60, 40, 70, 50)), box: box(3, 0, 13, 10) };
    const coarse = { ...foundFrom(rectangleMask(60, 40, 70, 50)), box: box(24, 2, 32, 6) };
    const onBoxes = scoreOf([judgeFrame([shifted, coarse], boxes)]);
    expect(onBoxes).toMatchObject({ found: 1, pixelIou: null, ecdBias: null, byCentre: { found: 2, f1: 1 } });
  });

  it("tells how many of a range of sizes were found", () => {
    const judgements = [judgeFrame(found, truth)];
    expect(foundInRange(judgements, { minPx: 9, maxPx: 11 })).toEqual({ truth: 2, found: 2, foundByCentre: 2 });
    expect(foundInRange(judgements, { minPx: 14, maxPx: 15 })).toEqual({ truth: 1, found: 0, foundByCentre: 0 });
  });
});

describe("found particles", () => {
  it("are measured as the live stream measures them, without those that are too small", () => {
    const frame = frameOf(96, 64);
    const mask = discMask([40, 30, 10]);
    const values = Float32Array.from(mask.pixels);
    const detection = { mask: { ...mask, values }, box: box(29, 19, 51, 41), score: 0.7 };
    const [particle] = foundParticles([detection], frame, 20);
    expect(particle).toMatchObject({ score: 0.7, box: detection.box, mask });
    expect(Math.abs(particle.ecdPx / 20.4 - 1)).toBeLessThan(0.02);
    expect(particle.outlinePx.length).toBeGreaterThan(20);
    expect(foundParticles([detection], frame, 1000)).toEqual([]);
  });
});

describe("Table 1 of the paper", () => {
  it("is what the formulas say", () => {
    expect(sphereBoundaryArea(60)).toBeCloseTo(0.033, 3);
    expect(rodBoundaryArea(65, 10)).toBeCloseTo(0.231, 3);
    expect(cubeBoundaryArea(50)).toBeCloseTo(0.08, 3);
  });
});
