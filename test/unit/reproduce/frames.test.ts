/** The frames of a reproduction: what is in them, and that it is known. */
import { describe, expect, it } from "vitest";
import { foundParticles } from "../../../src/daemon/evaluation/found.js";
import { judgeFrame } from "../../../src/daemon/evaluation/judge.js";
import { fieldOfMask, sharedPixels } from "../../../src/daemon/evaluation/pixel-mask.js";
import { scoreOf } from "../../../src/daemon/evaluation/score.js";
import type { FrameTruth } from "../../../src/daemon/evaluation/truth.js";
import { FRAME_SETS, type FrameSetId } from "../../../src/daemon/reproduce/frame-sets.js";
import { type NamedSample, openSamples } from "../../../src/daemon/reproduce/samples.js";

async function samplesOf(id: FrameSetId, frames: number): Promise<readonly NamedSample[]> {
  const opened = await openSamples(FRAME_SETS[id], { frames, seed: 7001, dataDir: "/absent" });
  if (opened.skipped !== null) throw new Error(opened.skipped);
  const samples: NamedSample[] = [];
  for await (const sample of opened.samples) samples.push(sample);
  expect(samples).toHaveLength(opened.count);
  return samples;
}

/** A segmenter that finds exactly the truth. */
function truthFound({ frame, truth }: NamedSample) {
  const detections = truth.particles.flatMap(({ mask, box }) =>
    mask === null ? [] : [{ mask: fieldOfMask(mask), box, score: 1 }],
  );
  return foundParticles(detections, frame, 0);
}

function overlaps({ particles }: FrameTruth): readonly number[] {
  return particles.flatMap(({ mask: a }, i) =>
    particles.slice(i + 1).map(({ mask: b }) => {
      if (a === null || b === null) throw new Error("a particle without a mask");
      return sharedPixels(a, b) / Math.min(a.areaPx2, b.areaPx2);
    }),
  );
}

describe("simulated frames", () => {
  it.each([
    ["spheres-50/snr-7.4870", 24],
    ["spheres-70/snr-14.5497", 16],
    ["rods-65x10/snr-14.5497", 24],
    ["spheres-30-70/snr-4", 24],
    ["spheres-10-20/snr-14.5497", 24],
    ["overlapping/snr-7.4870", 24],
  ] as const)("of %s hold %i particles each, and a perfect segmenter has a perfect score", async (id, count) => {
    const samples = await samplesOf(id, 2);
    expect(samples.map(({ truth }) => truth.particles.length)).toEqual([count, count]);
    const score = scoreOf(samples.map((sample) => judgeFrame(truthFound(sample), sample.truth)));
    expect(score).toMatchObject({ found: 2 * count, f1: 1, meanIou: 1, ap50To95: 1, pixelAccuracy: 1, countError: 0 });
    expect(Math.abs(score.ecdBias ?? 1)).toBeLessThan(0.01);
  });

  it("differ from seed to seed and are the same for the same seed", async () => {
    const [a, b] = await samplesOf("spheres-50/snr-7.4870", 2);
    const [again] = await samplesOf("spheres-50/snr-7.4870", 1);
    expect(a.frame.pixels).toEqual(again.frame.pixels);
    expect(a.frame.pixels).not.toEqual(b.frame.pixels);
  });

  it("that overlap do so by up to 20 % of the smaller, most of them, and keep their whole masks", async () => {
    const samples = await samplesOf("overlapping/snr-14.5497", 3);
    for (const { truth } of samples) {
      const shares = overlaps(truth);
      expect(Math.max(...shares)).toBeLessThanOrEqual(0.2);
      expect(shares.filter((share) => share > 0.02).length).toBeGreaterThan(8);
      for (const { mask, ecdPx } of truth.particles) {
        expect(Math.abs((mask?.areaPx2 ?? 0) / ((Math.PI / 4) * (ecdPx ?? 0) ** 2) - 1)).toBeLessThan(0.02);
      }
    }
  });

  it("that are empty come at every noise", async () => {
    const samples = await samplesOf("empty", 1);
    expect(samples.map(({ truth }) => truth.particles.length)).toEqual([0, 0, 0, 0, 0]);
    const levels = samples.map(({ frame }) => new Set(frame.pixels).size);
    expect(levels).toEqual(levels.toSorted((a, b) => a - b));
  });
});

describe("Table 1: boundary over area, measured on true masks", () => {
  it.each(["table-1/sphere", "table-1/rod", "table-1/cube"] as const)("%s is the formula's within 5 %", async (id) => {
    const [sample] = await samplesOf(id, 1);
    const score = scoreOf([judgeFrame(truthFound(sample), sample.truth)]);
    expect(score.found).toBe(sample.truth.particles.length);
    expect(Math.abs(score.boundaryAreaBias ?? 1)).toBeLessThan(0.05);
  });
});

describe("shared real frames", () => {
  it("that are not there are skipped, and the reason says which", async () => {
    const opened = await openSamples(FRAME_SETS.haadf, { frames: 1, seed: 1, dataDir: "/absent" });
    expect(opened.skipped).toBe("/absent/haadf is not there");
  });
});
