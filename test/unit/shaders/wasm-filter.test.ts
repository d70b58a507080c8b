import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FilterSettings } from "../../../src/shaders/filter.js";
import { gaussianReference } from "../../../src/shaders/kernels/gaussian/gaussian.ref.js";
import { nlmReference } from "../../../src/shaders/kernels/nlm/nlm.ref.js";
import { noiseBlocksFrom } from "../../../src/shaders/kernels/noise/noise.js";
import { noiseValues } from "../../../src/shaders/kernels/noise/noise.ref.js";
import { WasmFilter } from "../../../src/shaders/wasm-filter.js";
import type { GreyImage } from "../../../src/stream/base/frame.js";
import { DEFAULT_SETTINGS } from "../../../src/stream/base/settings.js";
import { imageDifference } from "../../support/image-difference.js";
import { floatTestFrame, TEST_CONTENTS, testFrame } from "../../support/test-frames.js";

const filter = await WasmFilter.open();

function nlm(nlmH: number): FilterSettings {
  return { ...DEFAULT_SETTINGS, filter: "nlm", nlmH };
}

function gaussian(gaussianKernelPx: number, gaussianSigmaPx: number): FilterSettings {
  return { ...DEFAULT_SETTINGS, filter: "gaussian", gaussianKernelPx, gaussianSigmaPx };
}

async function filtered(image: GreyImage, settings: FilterSettings): Promise<GreyImage | undefined> {
  return (await filter.apply([image], settings))[0];
}

function required(image: GreyImage | undefined): GreyImage {
  if (image === undefined) throw new TypeError("no image at all");
  return image;
}

/** Any small frame: the reference of non-local means takes 0.5 ms a pixel. */
const frameSpec = fc.record({
  content: fc.constantFrom(...TEST_CONTENTS),
  seed: fc.nat(1000),
  width: fc.integer({ min: 1, max: 18 }),
  height: fc.integer({ min: 1, max: 18 }),
});
const strength = fc.double({ min: 1, max: 60, noNaN: true });
const shape = fc.record({
  kernelPx: fc.integer({ min: 0, max: 15 }).map((reach) => 2 * reach + 1),
  sigmaPx: fc.double({ min: 0.2, max: 40, noNaN: true }),
});
const seeded = { seed: 20_240, numRuns: 25 } as const;

describe("8-bit frames equal the plain reference bit for bit", () => {
  test("non-local means, any small frame and strength", async () => {
    await fc.assert(
      fc.asyncProperty(frameSpec, strength, async (spec, h) => {
        const image = testFrame(spec);
        expect(imageDifference(await filtered(image, nlm(h)), nlmReference(image, h))).toBeNull();
      }),
      seeded,
    );
  });

  test("the numbers that noise is estimated from, any frame", async () => {
    const spec = fc.record({
      content: fc.constantFrom(...TEST_CONTENTS),
      seed: fc.nat(1000),
      width: fc.integer({ min: 1, max: 330 }),
      height: fc.integer({ min: 1, max: 70 }),
    });
    await fc.assert(
      fc.asyncProperty(spec, async (one) => {
        const image = testFrame(one);
        expect(await filter.noiseBlocks([image])).toEqual([noiseBlocksFrom(noiseValues(image))]);
      }),
      seeded,
    );
  });

  test("Gaussian, any small frame and kernel", async () => {
    await fc.assert(
      fc.asyncProperty(frameSpec, shape, async (spec, { kernelPx, sigmaPx }) => {
        const image = testFrame(spec);
        const expected = gaussianReference(image, { kernelPx, sigmaPx });
        expect(imageDifference(await filtered(image, gaussian(kernelPx, sigmaPx)), expected)).toBeNull();
      }),
      seeded,
    );
  });

  test("non-local means across the borders of its tiles of 512 x 64 px", async () => {
    for (const [width, height] of [
      [513, 2],
      [3, 65],
    ] as const) {
      const image = testFrame({ content: "discs", seed: 8, width, height });
      expect(imageDifference(await filtered(image, nlm(15)), nlmReference(image, 15))).toBeNull();
    }
  });

  test("Gaussian across the borders of its tiles", async () => {
    const image = testFrame({ content: "noise", seed: 8, width: 1025, height: 70 });
    const expected = gaussianReference(image, { kernelPx: 31, sigmaPx: 6 });
    expect(imageDifference(await filtered(image, gaussian(31, 6)), expected)).toBeNull();
  });

  test.each([0, 1, 254, 255])("a flat frame of level %i stays as it is", async (level) => {
    const image = { widthPx: 19, heightPx: 23, levels: new Uint8Array(19 * 23).fill(level) };
    for (const h of [1, 60]) expect(imageDifference(await filtered(image, nlm(h)), image)).toBeNull();
    for (const kernel of [1, 5, 31])
      expect(imageDifference(await filtered(image, gaussian(kernel, 5)), image)).toBeNull();
  });
});

describe("float frames come within 0.5 grey level of the float64 reference", () => {
  test("non-local means, any small frame and strength", async () => {
    await fc.assert(
      fc.asyncProperty(frameSpec, strength, async (spec, h) => {
        const image = floatTestFrame(spec);
        expect(imageDifference(await filtered(image, nlm(h)), nlmReference(image, h), 0.5)).toBeNull();
      }),
      seeded,
    );
  });

  test("Gaussian, any small frame and kernel", async () => {
    await fc.assert(
      fc.asyncProperty(frameSpec, shape, async (spec, { kernelPx, sigmaPx }) => {
        const image = floatTestFrame(spec);
        const expected = gaussianReference(image, { kernelPx, sigmaPx });
        expect(imageDifference(await filtered(image, gaussian(kernelPx, sigmaPx)), expected, 0.01)).toBeNull();
      }),
      seeded,
    );
  });

  test("non-local means across the borders of its tiles", async () => {
    const image = floatTestFrame({ content: "discs", seed: 8, width: 515, height: 3 });
    expect(imageDifference(await filtered(image, nlm(15)), nlmReference(image, 15), 0.5)).toBeNull();
  });

  test("a dead pixel of a million levels changes nothing but itself", async () => {
    const image = floatTestFrame({ content: "discs", seed: 4, width: 30, height: 30 });
    image.levels[15 * 30 + 15] = 1e6;
    expect(imageDifference(await filtered(image, nlm(15)), nlmReference(image, 15), 0.5)).toBeNull();
  });
});

describe("calls", () => {
  test("a batch of mixed sizes and depths equals its frames one by one, in order", async () => {
    const batch: readonly GreyImage[] = [
      testFrame({ content: "discs", seed: 1, width: 40, height: 20 }),
      floatTestFrame({ content: "discs", seed: 2, width: 7, height: 9 }),
      testFrame({ content: "noise", seed: 3, width: 5, height: 31 }),
    ];
    for (const settings of [nlm(20), gaussian(9, 2)]) {
      const together = await filter.apply(batch, settings);
      expect(together).toHaveLength(batch.length);
      for (const [i, image] of batch.entries()) {
        const alone = await filtered(image, settings);
        expect(alone && imageDifference(together[i], alone)).toBeNull();
      }
    }
  });

  test("an empty batch is an empty result", async () => {
    expect(await filter.apply([], nlm(10))).toEqual([]);
  });

  test("`none` returns its inputs", async () => {
    const image = testFrame({ content: "noise", seed: 1, width: 3, height: 3 });
    expect((await filter.apply([image], { ...nlm(10), filter: "none" }))[0]).toBe(image);
  });

  test("inputs are left as they are, and earlier results too", async () => {
    const image = testFrame({ content: "noise", seed: 1, width: 9, height: 9 });
    const before = Uint8Array.from(image.levels);
    const first = await filtered(image, gaussian(5, 5));
    const kept = first && Uint8Array.from(first.levels);
    await filtered(testFrame({ content: "noise", seed: 2, width: 9, height: 9 }), gaussian(5, 5));
    expect(image.levels).toEqual(before);
    expect(first?.levels).toEqual(kept);
  });

  test("memory grows to the largest frame and no further", async () => {
    const own = await WasmFilter.open();
    const image = floatTestFrame({ content: "noise", seed: 1, width: 700, height: 500 });
    await own.apply([image], gaussian(5, 5));
    const { memoryBytes } = own;
    for (let i = 0; i < 5; i += 1) await own.apply([image], gaussian(5, 5));
    expect(own.memoryBytes).toBe(memoryBytes);
    expect(memoryBytes).toBeLessThan(2 * image.levels.byteLength + 2 ** 21);
  });
});

describe("several threads", () => {
  const frames = [
    { content: "discs", seed: 3, width: 131, height: 200 },
    { content: "two-level", seed: 4, width: 40, height: 129 },
    { content: "noise", seed: 5, width: 700, height: 65 },
  ] as const;

  test("give the bits of one, for bytes and floats, frame after frame of any size", async () => {
    const shared = await WasmFilter.open({ threads: 3 });
    for (const spec of [...frames, ...frames.toReversed()]) {
      for (const image of [testFrame(spec), floatTestFrame(spec)]) {
        for (const settings of [nlm(4.5), nlm(30), gaussian(5, 5)]) {
          const [together] = await shared.apply([image], settings);
          expect(imageDifference(together, required(await filtered(image, settings)))).toBeNull();
        }
      }
    }
    await shared.close();
  });

  test("take calls that overlap one after the other", async () => {
    const shared = await WasmFilter.open({ threads: 2 });
    const images = frames.map((spec) => testFrame(spec));
    const results = await Promise.all(images.map((image) => shared.apply([image], nlm(10))));
    for (const [i, image] of images.entries()) {
      expect(imageDifference(results[i]?.[0], required(await filtered(image, nlm(10))))).toBeNull();
    }
    await shared.close();
  });

  test("are done without once they have ended", async () => {
    const shared = await WasmFilter.open({ threads: 2 });
    await shared.close();
    await shared.close();
    const image = testFrame(frames[0]);
    const [result] = await shared.apply([image], nlm(10));
    expect(imageDifference(result, required(await filtered(image, nlm(10))))).toBeNull();
  });
});
