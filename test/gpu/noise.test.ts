import { afterAll, describe, expect, test } from "vitest";
import { noiseOf } from "../../src/daemon/analysis/noise.js";
import { createFrameFilter } from "../../src/shaders/create-filter.js";
import { NOISE_VALUES, noiseBlocksFrom } from "../../src/shaders/kernels/noise/noise.js";
import { noiseValues } from "../../src/shaders/kernels/noise/noise.ref.js";
import type { GreyImage } from "../../src/stream/base/frame.js";
import { noisySpheres } from "../support/simulated-frames.js";
import { floatTestFrame, testFrame } from "../support/test-frames.js";

const { filter } = await createFrameFilter({ gpu: "software" });
afterAll(() => filter.close());

/**
 * Largest relative difference of any number of any block. Sums of 64 float32 values and squares differ by some units in the last place from those
 * in double precision; the variance of four means also by the rounding of the levels that cancel in it.
 */
async function largestDifference(image: GreyImage): Promise<number> {
  const [actual] = await filter.noiseBlocks([image]);
  const expected = noiseBlocksFrom(noiseValues(image));
  const differences = NOISE_VALUES.flatMap((name) => {
    expect(actual[name].length).toBe(expected[name].length);
    return Array.from(expected[name], (value, i) => {
      const scale =
        name === "structure" ? Math.max(value, expected.level[i] * 1e-2, 1e-2) : Math.max(Math.abs(value), 1e-6);
      return Math.abs(actual[name][i] - value) / scale;
    });
  });
  return differences.reduce((a, b) => Math.max(a, b), 0);
}

describe("the WGSL numbers of the blocks equal the plain reference", () => {
  const sizes = [
    [10, 10],
    [11, 37],
    [300, 65],
    [517, 40],
  ] as const;
  test.each(sizes)("%i x %i px", async (width, height) => {
    for (const content of ["noise", "two-level", "discs"] as const) {
      const spec = { content, seed: 9, width, height };
      expect(await largestDifference(testFrame(spec))).toBeLessThan(1e-5);
      expect(await largestDifference(floatTestFrame(spec))).toBeLessThan(1e-4);
    }
  });

  test("and so does the noise estimated from them", async () => {
    const { pixels, widthPx, heightPx } = noisySpheres();
    const image = { widthPx, heightPx, levels: pixels instanceof Uint8Array ? pixels : new Uint8Array(0) };
    const [blocks] = await filter.noiseBlocks([image]);
    const here = noiseOf(noiseBlocksFrom(noiseValues(image)));
    expect(noiseOf(blocks)?.sigma).toBeCloseTo(here?.sigma ?? 0, 4);
  });

  test("a frame too small for a block has none", async () => {
    const [blocks] = await filter.noiseBlocks([testFrame({ content: "noise", seed: 1, width: 9, height: 40 })]);
    expect(blocks.level).toHaveLength(0);
  });
});

test("frames in turn with filters keep their buffers", async () => {
  const image = testFrame({ content: "discs", seed: 2, width: 64, height: 48 });
  const [before] = await filter.noiseBlocks([image]);
  await filter.apply([image], { filter: "gaussian", gaussianKernelPx: 5, gaussianSigmaPx: 2, nlmH: 10 });
  const [after] = await filter.noiseBlocks([image]);
  expect(after).toEqual(before);
});
