import { readFile } from "node:fs/promises";
import { afterAll, describe, expect, test } from "vitest";
import { createFrameFilter } from "../../src/shaders/create-filter.js";
import type { FilterSettings } from "../../src/shaders/filter.js";
import { gaussianReference } from "../../src/shaders/kernels/gaussian/gaussian.ref.js";
import { nlmReference } from "../../src/shaders/kernels/nlm/nlm.ref.js";
import type { GreyImage } from "../../src/stream/base/frame.js";
import { DEFAULT_SETTINGS } from "../../src/stream/base/settings.js";
import {
  FILTER_GOLDENS,
  goldenDifference,
  goldenInput,
  goldenName,
  goldenSettings,
} from "../support/filter-goldens.js";
import { imageDifference } from "../support/image-difference.js";
import { floatTestFrame, testFrame } from "../support/test-frames.js";

/** Most pixels of a case on a software adapter, where non-local means takes 20 us a pixel and more. */
const MOST_PIXELS = { nlm: 2000, gaussian: 20_000 } as const;

const { filter } = await createFrameFilter({ gpu: "software" });
afterAll(() => filter.close());

describe("the WGSL filters equal OpenCV bit for bit", () => {
  const small = FILTER_GOLDENS.filter(({ filter, input }) => input.width * input.height <= MOST_PIXELS[filter]);
  test.each(small.map((golden) => ({ name: goldenName(golden), golden })))("$name", async ({ golden }) => {
    const [output] = await filter.apply([goldenInput(golden)], goldenSettings(golden));
    expect(goldenDifference(output, golden)).toBeNull();
  });
});

describe("the WGSL filters equal the plain reference across workgroup borders", () => {
  const sizes = [
    [33, 31],
    [32, 64],
    [65, 9],
    [96, 5],
  ] as const;
  test.each(sizes)("%i x %i px", async (width, height) => {
    const image = testFrame({ content: "discs", seed: 5, width, height });
    const nlm: FilterSettings = { ...DEFAULT_SETTINGS, filter: "nlm", nlmH: 14.5 };
    const gaussian: FilterSettings = {
      ...DEFAULT_SETTINGS,
      filter: "gaussian",
      gaussianKernelPx: 31,
      gaussianSigmaPx: 4,
    };
    const [denoised] = await filter.apply([image], nlm);
    const [blurred] = await filter.apply([image], gaussian);
    expect(imageDifference(denoised, nlmReference(image, 14.5))).toBeNull();
    expect(imageDifference(blurred, gaussianReference(image, { kernelPx: 31, sigmaPx: 4 }))).toBeNull();
  });
});

test("float frames come within 0.5 grey level of the float64 reference", async () => {
  const image = floatTestFrame({ content: "discs", seed: 3, width: 37, height: 29 });
  const [denoised] = await filter.apply([image], { ...DEFAULT_SETTINGS, filter: "nlm", nlmH: 12 });
  const [blurred] = await filter.apply([image], { ...DEFAULT_SETTINGS, filter: "gaussian" });
  expect(imageDifference(denoised, nlmReference(image, 12), 0.5)).toBeNull();
  expect(imageDifference(blurred, gaussianReference(image, { kernelPx: 5, sigmaPx: 5 }), 0.5)).toBeNull();
});

test("a batch of mixed sizes and depths equals its frames one by one, in order", async () => {
  const batch: readonly GreyImage[] = [
    testFrame({ content: "discs", seed: 1, width: 40, height: 20 }),
    floatTestFrame({ content: "discs", seed: 2, width: 7, height: 9 }),
    testFrame({ content: "noise", seed: 3, width: 5, height: 31 }),
  ];
  const settings: FilterSettings = { ...DEFAULT_SETTINGS, filter: "nlm", nlmH: 20 };
  const together = await filter.apply(batch, settings);
  expect(together).toHaveLength(batch.length);
  for (const [i, image] of batch.entries()) {
    const [alone] = await filter.apply([image], settings);
    expect(alone && imageDifference(together[i], alone)).toBeNull();
  }
});

test("overlapping calls do not mix up their frames", async () => {
  const settings: FilterSettings = { ...DEFAULT_SETTINGS, filter: "gaussian" };
  const images = [1, 2, 3, 4].map((seed) => testFrame({ content: "noise", seed, width: 20 + seed, height: 11 }));
  const outputs = await Promise.all(images.map((image) => filter.apply([image], settings)));
  for (const [i, image] of images.entries()) {
    expect(imageDifference(outputs[i]?.[0], gaussianReference(image, { kernelPx: 5, sigmaPx: 5 }))).toBeNull();
  }
});

test("`none` returns its inputs", async () => {
  const image = testFrame({ content: "noise", seed: 1, width: 3, height: 3 });
  expect(await filter.apply([image], { ...DEFAULT_SETTINGS, filter: "none" })).toEqual([image]);
});

test("the constants of the WGSL are those of the TypeScript", async () => {
  const read = (path: string) => readFile(new URL(`../../src/shaders/kernels/${path}`, import.meta.url), "utf8");
  expect(await read("nlm/nlm.wgsl")).toContain("const OFFSETS = 21u;");
  expect(await read("nlm/nlm-f32.wgsl")).toContain("const LEAST_WEIGHT = 0.001;");
  expect(await read("gaussian/gaussian.wgsl")).toContain("const REACH = 15u;");
});
