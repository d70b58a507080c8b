import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createThresholdSegmenter } from "../../../src/daemon/segment/threshold.js";
import { LIMITS } from "../../../src/stream/base/limits.js";
import {
  centroidOf,
  covered,
  discFrame,
  discGrid,
  hits,
  inverted,
  randomBytes,
  SETTINGS,
} from "../../support/segment.js";

const segmenter = createThresholdSegmenter();
const discs = discGrid(4, 3, 60, 30);
const frame = discFrame({ widthPx: 240, heightPx: 180, discs });

describe("the threshold segmenter", () => {
  it("finds every disc once, with its area and centre", async () => {
    const [detections] = await segmenter.segment([frame], SETTINGS);
    expect(hits(discs, detections)).toEqual(discs.map(() => 1));
    expect(detections.length).toBe(discs.length);
    for (const [i, detection] of detections.entries()) {
      const { x, y, area } = centroidOf(detection);
      expect(x).toBeCloseTo(discs[i].x, 1);
      expect(y).toBeCloseTo(discs[i].y, 1);
      expect(Math.abs(area / (Math.PI * 15 ** 2) - 1)).toBeLessThan(0.02);
      expect(detection.score).toBe(1);
    }
  });

  it("finds the same dark discs in the inverted frame", async () => {
    const [bright, dark] = await segmenter.segment([frame, inverted(frame)], SETTINGS);
    expect(dark.map(centroidOf)).toEqual(bright.map(centroidOf));
    expect(dark.map(({ mask }) => mask.xPx)).toEqual(bright.map(({ mask }) => mask.xPx));
  });

  it("takes the complement of the bright class for dark particles", async () => {
    const settings = { ...SETTINGS, minAreaPx2: 0, fillHoles: false };
    const noise = { widthPx: 40, heightPx: 30, levels: randomBytes(1200, 3) };
    const [bright] = await segmenter.segment([noise], { ...settings, polarity: "bright" });
    const [dark] = await segmenter.segment([noise], { ...settings, polarity: "dark" });
    expect(covered(noise, dark)).toEqual(covered(noise, bright).map((value) => 1 - value));
  });

  it("finds nothing in a flat frame, whatever its level", async () => {
    for (const level of [0, 77, 255]) {
      const flat = { widthPx: 20, heightPx: 20, levels: new Uint8Array(400).fill(level) };
      expect(await segmenter.segment([flat], SETTINGS)).toEqual([[]]);
    }
  });

  it("leaves out particles below the least area, and keeps those at it", async () => {
    const levels = new Uint8Array(100);
    levels.fill(200, 11, 14);
    const image = { widthPx: 10, heightPx: 10, levels };
    const count = async (minAreaPx2: number) =>
      (await segmenter.segment([image], { ...SETTINGS, polarity: "bright", minAreaPx2 }))[0].length;
    expect([await count(3), await count(4)]).toEqual([1, 0]);
  });

  it("puts the outline between the pixels where the intensity crosses the threshold", async () => {
    const row = [0, 0, 25, 200, 200, 200, 75, 0, 0];
    const levels = Uint8Array.from([0, 1, 2].flatMap((y) => (y === 1 ? row : row.map(() => 0))));
    const [[{ mask }]] = await segmenter.segment([{ widthPx: 9, heightPx: 3, levels }], {
      ...SETTINGS,
      polarity: "bright",
      minAreaPx2: 1,
    });
    expect([mask.xPx, mask.yPx, mask.widthPx, mask.heightPx]).toEqual([2, 0, 5, 3]);
    const [left, first, , last, right] = mask.values.subarray(5, 10);
    expect(left).toBeLessThan(right);
    expect(right).toBeLessThan(0.5);
    expect([first, last]).toEqual([1, 1]);
  });

  it("gives filled holes the value 1 and open ones their own", async () => {
    const ring = discFrame({ widthPx: 40, heightPx: 40, discs: [{ x: 20, y: 20, diameter: 30 }] });
    ring.levels[20 * 40 + 20] = 60;
    const [[filled]] = await segmenter.segment([ring], SETTINGS);
    const [[open]] = await segmenter.segment([ring], { ...SETTINGS, fillHoles: false });
    const at = (20 - filled.mask.yPx) * filled.mask.widthPx + 20 - filled.mask.xPx;
    expect(filled.mask.values[at]).toBe(1);
    expect(open.mask.values[at]).toBeLessThan(0.2);
  });

  it("keeps its windows inside the frame", async () => {
    const image = discFrame({ widthPx: 50, heightPx: 40, discs: [{ x: 0, y: 0, diameter: 30 }] });
    const [[{ mask }]] = await segmenter.segment([image], SETTINGS);
    expect([mask.xPx, mask.yPx]).toEqual([0, 0]);
  });

  it("says of every pixel what the binary image says, on any float image", async () => {
    const image = fc.array(fc.double({ min: -20, max: 280, noNaN: true }), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(image, fc.constantFrom("bright" as const, "dark" as const), async (levels, polarity) => {
        const grey = { widthPx: 4, heightPx: 3, levels: Float32Array.from(levels) };
        const [detections] = await segmenter.segment([grey], {
          ...SETTINGS,
          polarity,
          minAreaPx2: 0,
          fillHoles: false,
        });
        const masks = covered(grey, detections);
        const isSplit = masks.includes(1);
        if (!isSplit) return;
        const particles = levels.filter((_, i) => masks[i] === 1);
        const others = levels.filter((_, i) => masks[i] === 0);
        const sign = polarity === "bright" ? 1 : -1;
        expect(Math.min(...particles.map((level) => sign * level))).toBeGreaterThan(
          Math.max(...others.map((level) => sign * level), Number.NEGATIVE_INFINITY),
        );
        for (const { mask } of detections) {
          for (const value of mask.values) expect(value >= 0 && value <= 1).toBe(true);
        }
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it("keeps the largest particles where there are more than a frame may have", async () => {
    const edge = 400;
    const levels = new Uint8Array(edge * edge);
    for (let y = 0; y < edge; y += 2) for (let x = 0; x < edge; x += 2) levels[y * edge + x] = 200;
    levels[edge + 1] = 200;
    const [detections] = await segmenter.segment([{ widthPx: edge, heightPx: edge, levels }], {
      ...SETTINGS,
      polarity: "bright",
      minAreaPx2: 0,
    });
    expect(detections.length).toBeLessThanOrEqual(LIMITS.particlesPerFrame);
    expect(centroidOf(detections[0]).area).toBe(5);
  });
});
