/**
 * The preview's kernels, as gpu.js runs them on the CPU, against the plain references of the daemon's filters: level for level.
 */
import { describe, expect, it } from "vitest";
import type { Choice } from "../../../../dashboard/src/tuning/choice.js";
import { GpuComputer } from "../../../../dashboard/src/tuning/gpu-computer.js";
import { gaussianReference } from "../../../../src/shaders/kernels/gaussian/gaussian.ref.js";
import { nlmReference } from "../../../../src/shaders/kernels/nlm/nlm.ref.js";

const computer = new GpuComputer("cpu");

/** Noise about two levels, the same for the same size. */
function frame(widthPx: number, heightPx: number) {
  let state = widthPx * 7919 + heightPx;
  const levels = Uint8Array.from({ length: widthPx * heightPx }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.min(255, (i % widthPx > widthPx / 2 ? 190 : 60) + (state >>> 24) / 3);
  });
  return { widthPx, heightPx, levels };
}

const choice = (filter: Choice["filter"], strength: Partial<Choice> = {}): Choice => ({
  ...{ filter, gaussianKernelPx: 5, gaussianSigmaPx: 5, nlmH: 15 },
  ...strength,
});

describe("the preview equals the reference", () => {
  it.each([
    [5, 5],
    [1, 1],
    [31, 20],
    [7, 0.4],
  ])("of a Gaussian of %i px, sigma %d px", (gaussianKernelPx, gaussianSigmaPx) => {
    for (const image of [frame(33, 20), frame(3, 41), frame(1, 1)]) {
      const { levels } = gaussianReference(image, { kernelPx: gaussianKernelPx, sigmaPx: gaussianSigmaPx });
      expect(computer.filter(image, choice("gaussian", { gaussianKernelPx, gaussianSigmaPx }))).toEqual(levels);
    }
  });

  it.each([1, 7.5, 20, 60])("of non-local means of strength %d", (nlmH) => {
    for (const image of [frame(24, 17), frame(2, 30), frame(1, 1)]) {
      expect(computer.filter(image, choice("nlm", { nlmH }))).toEqual(nlmReference(image, nlmH).levels);
    }
  });

  it("of non-local means at the largest sums there are: a white frame", () => {
    const image = { widthPx: 9, heightPx: 9, levels: new Uint8Array(81).fill(255) };
    expect(computer.filter(image, choice("nlm", { nlmH: 60 }))).toEqual(image.levels);
  });

  it("of non-local means in several bands of rows", () => {
    const image = frame(11, 23);
    // Room for the sums of 10 rows: bands of 4 rows, the last of 3.
    const narrow = new GpuComputer("cpu", 441 * 11 * 10);
    expect(narrow.filter(image, choice("nlm", { nlmH: 25 }))).toEqual(nlmReference(image, 25).levels);
  });

  it("of no filter, which is a copy", () => {
    const image = frame(8, 8);
    const same = computer.filter(image, choice("none"));
    expect(same).toEqual(image.levels);
    expect(same.buffer).not.toBe(image.levels.buffer);
  });
});
