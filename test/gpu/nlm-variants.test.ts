import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { FilterSettings } from "../../src/shaders/filter.js";
import { findAdapter } from "../../src/shaders/gpu/adapters.js";
import { GpuDevice } from "../../src/shaders/gpu/device.js";
import { nlmReference } from "../../src/shaders/kernels/nlm/nlm.ref.js";
import { nlmVariants, variantName } from "../../src/shaders/kernels/nlm/nlm-variants.js";
import { FixedVariant, MeasuredVariant } from "../../src/shaders/nlm-tuning.js";
import { TuningFile } from "../../src/shaders/tuning-cache.js";
import { WgslFilter } from "../../src/shaders/wgsl-filter.js";
import type { GreyImage } from "../../src/stream/base/frame.js";
import { DEFAULT_SETTINGS } from "../../src/stream/base/settings.js";
import { imageDifference } from "../support/image-difference.js";
import { floatTestFrame, TEST_CONTENTS, testFrame } from "../support/test-frames.js";

const device = await GpuDevice.open(await findAdapter("software"));
const dir = await mkdtemp(join(tmpdir(), "ostwald-tuning-"));
afterAll(async () => {
  device.close();
  await rm(dir, { recursive: true });
});

function nlm(nlmH: number): FilterSettings {
  return { ...DEFAULT_SETTINGS, filter: "nlm", nlmH };
}

/** Small for a software adapter, but over the borders of workgroups and blocks, and thinner than a block. */
const SIZES = [
  [37, 9],
  [5, 35],
  [66, 5],
  [33, 17],
  [3, 2],
] as const;
const STRENGTHS = [1, 6.5, 14, 33, 60] as const;

/** Each content with another size and strength. */
const CASES = TEST_CONTENTS.map((content, i) => {
  const [width, height] = SIZES[(i + 2) % SIZES.length] ?? [1, 1];
  const h = STRENGTHS[(2 * i) % STRENGTHS.length] ?? 1;
  const image = testFrame({ content, seed: 7 * i, width, height });
  return { name: `${content} ${width} x ${height} h ${h}`, image, h, expected: nlmReference(image, h) };
});

const FLOAT_CASE = floatTestFrame({ content: "discs", seed: 4, width: 35, height: 9 });

describe("every variant of the kernel equals the plain reference bit for bit", () => {
  const variants = nlmVariants("u8").map((variant) => ({ name: variantName(variant), variant }));
  test.each(variants)("$name", async ({ variant }) => {
    const filter = new WgslFilter(device, { variants: new FixedVariant(variant) });
    for (const { name, image, h, expected } of CASES) {
      const [actual] = await filter.apply([image], nlm(h));
      expect(imageDifference(actual, expected), name).toBeNull();
    }
  });
});

test("variants of both heights give float frames the same bits, within 0.5 grey level of the reference", async () => {
  const results: (GreyImage | undefined)[] = [];
  for (const variant of nlmVariants("f32").slice(0, 2)) {
    const [result] = await new WgslFilter(device, { variants: new FixedVariant(variant) }).apply([FLOAT_CASE], nlm(12));
    results.push(result);
  }
  const [first] = results;
  expect(imageDifference(first, nlmReference(FLOAT_CASE, 12), 0.5)).toBeNull();
  for (const result of results) expect(result).toEqual(first);
});

test("the first batch of a size is measured, and its choice is remembered for the next process", async () => {
  const file = join(dir, "cache", "tuning.json");
  const image = testFrame({ content: "discs", seed: 2, width: 40, height: 26 });
  const expected = nlmReference(image, 9);
  const tuned = new WgslFilter(device, { variants: new MeasuredVariant(new TuningFile(file, "this one")) });
  const [first] = await tuned.apply([image], nlm(9));
  expect(imageDifference(first, expected)).toBeNull();
  const written = await readFile(file, "utf8");
  expect(nlmVariants("u8").map(variantName)).toContain(JSON.parse(written).choices["this one"]["nlm-u8 2^10"]);
});
