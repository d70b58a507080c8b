import { afterAll, describe, expect, test } from "vitest";
import { createFrameFilter } from "../../src/shaders/create-filter.js";
import type { FilterSettings } from "../../src/shaders/filter.js";
import { findAdapter } from "../../src/shaders/gpu/adapters.js";
import { GpuDevice } from "../../src/shaders/gpu/device.js";
import { gaussianReference } from "../../src/shaders/kernels/gaussian/gaussian.ref.js";
import { nlmReference } from "../../src/shaders/kernels/nlm/nlm.ref.js";
import { WgslFilter } from "../../src/shaders/wgsl-filter.js";
import type { GreyImage } from "../../src/stream/base/frame.js";
import { DEFAULT_SETTINGS } from "../../src/stream/base/settings.js";
import { imageDifference } from "../support/image-difference.js";
import { floatTestFrame, testFrame } from "../support/test-frames.js";

const { filter } = await createFrameFilter({ gpu: "software" });
afterAll(() => filter.close());

const NLM: FilterSettings = { ...DEFAULT_SETTINGS, filter: "nlm", nlmH: 11 };
const GAUSSIAN: FilterSettings = { ...DEFAULT_SETTINGS, filter: "gaussian" };

function framesOf(count: number, make: typeof testFrame | typeof floatTestFrame): readonly GreyImage[] {
  return Array.from({ length: count }, (_, seed) => make({ content: "discs", seed, width: 21, height: 14 }));
}

describe("a batch gives the bits of its frames alone, in order", () => {
  const counts = [1, 3, 8];
  test.each(counts)("%i frames", async (count) => {
    for (const make of [testFrame, floatTestFrame]) {
      const frames = framesOf(count, make);
      for (const settings of [NLM, GAUSSIAN]) {
        const together = await filter.apply(frames, settings);
        expect(together).toHaveLength(count);
        for (const [i, frame] of frames.entries()) expect([together[i]]).toEqual(await filter.apply([frame], settings));
      }
      const noise = await filter.noiseBlocks(frames);
      for (const [i, frame] of frames.entries()) expect([noise[i]]).toEqual(await filter.noiseBlocks([frame]));
    }
  });
});

test("sizes that take turns, and calls that overlap, come back in order", async () => {
  const frames = Array.from({ length: 12 }, (_, i) =>
    testFrame({ content: "noise", seed: i, width: 17 + (i % 3), height: 20 - (i % 2) }),
  );
  const calls = await Promise.all([0, 1, 2, 3, 4].map(() => filter.apply(frames, GAUSSIAN)));
  const expected = frames.map((frame) => gaussianReference(frame, { kernelPx: 5, sigmaPx: 5 }));
  for (const call of calls) {
    for (const [i, image] of expected.entries()) expect(imageDifference(call[i], image)).toBeNull();
  }
});

test("more frames than fit into one batch are computed in several, with the same buffers", async () => {
  const small = new WgslFilter(await GpuDevice.open(await findAdapter("software")), { batchBytes: 1000 });
  // 20 x 15 bytes with padding: three to a batch.
  const frames = Array.from({ length: 8 }, (_, seed) => testFrame({ content: "noise", seed, width: 19, height: 15 }));
  const expected = frames.map((frame) => gaussianReference(frame, { kernelPx: 5, sigmaPx: 5 }));
  const allocations = new Set<number>();
  for (let round = 0; round < 5; round += 1) {
    const outputs = await small.apply(frames, GAUSSIAN);
    for (const [i, image] of expected.entries()) expect(imageDifference(outputs[i], image)).toBeNull();
    allocations.add(small.bufferAllocations);
  }
  expect(allocations.size).toBe(1);
  await small.close();
});

describe("the longest frames, either way", () => {
  test.each([
    [4096, 16],
    [16, 4096],
  ])("gaussian, %i x %i px", async (width, height) => {
    const image = testFrame({ content: "discs", seed: 1, width, height });
    const [blurred] = await filter.apply([image], GAUSSIAN);
    expect(imageDifference(blurred, gaussianReference(image, { kernelPx: 5, sigmaPx: 5 }))).toBeNull();
  });

  test.each([
    [2048, 1],
    [1, 4096],
  ])("nlm, %i x %i px", async (width, height) => {
    const image = testFrame({ content: "noise", seed: 1, width, height });
    const [denoised] = await filter.apply([image], { ...NLM, nlmH: 40 });
    expect(imageDifference(denoised, nlmReference(image, 40))).toBeNull();
  });
});

test("a device opened with its clock says how long its kernels took, and gives the same bits", async () => {
  const timed = new WgslFilter(await GpuDevice.open(await findAdapter("software"), { timed: true }));
  const frames = framesOf(3, testFrame);
  expect(await timed.apply(frames, GAUSSIAN)).toEqual(await filter.apply(frames, GAUSSIAN));
  const firstMs = timed.deviceMs ?? 0;
  expect(firstMs).toBeGreaterThan(0);
  await timed.apply(frames, GAUSSIAN);
  expect(timed.deviceMs).toBeGreaterThan(firstMs);
  await timed.close();
});
