import { afterAll, describe, expect, test } from "vitest";
import { gaussianReference } from "../../../src/shaders/kernels/gaussian/gaussian.ref.js";
import { nlmReference } from "../../../src/shaders/kernels/nlm/nlm.ref.js";
import { WasmFilter } from "../../../src/shaders/wasm-filter.js";
import {
  FILTER_GOLDENS,
  type FilterGolden,
  goldenDifference,
  goldenInput,
  goldenName,
  goldenSettings,
} from "../../support/filter-goldens.js";

/** The references cost 21,609 steps a pixel. */
const REFERENCE_NLM_PIXELS = 1100;
const REFERENCE_GAUSSIAN_PIXELS = 10_000;

function isCheapForReference({ filter, input }: FilterGolden): boolean {
  return input.width * input.height <= (filter === "nlm" ? REFERENCE_NLM_PIXELS : REFERENCE_GAUSSIAN_PIXELS);
}

describe.each([1, 2])("the WebAssembly filters on %i threads equal OpenCV bit for bit", async (threads) => {
  const filter = await WasmFilter.open({ threads });
  afterAll(() => filter.close());
  test.each(FILTER_GOLDENS.map((golden) => ({ name: goldenName(golden), golden })))("$name", async ({ golden }) => {
    const [output] = await filter.apply([goldenInput(golden)], goldenSettings(golden));
    expect(goldenDifference(output, golden)).toBeNull();
  });
});

describe("the plain references equal OpenCV bit for bit", () => {
  const cases = FILTER_GOLDENS.filter(isCheapForReference).map((golden) => ({ name: goldenName(golden), golden }));
  test.each(cases)("$name", ({ golden }) => {
    const input = goldenInput(golden);
    const output = golden.filter === "nlm" ? nlmReference(input, golden.h) : gaussianReference(input, golden);
    expect(goldenDifference(output, golden)).toBeNull();
  });
});

test("the cases hold every size and strength that is promised", () => {
  const names = FILTER_GOLDENS.map(goldenName);
  for (const size of ["512 x 512", "457 x 300", "7 x 9", "1 x 1", "13 x 64"]) {
    for (const h of [3, 10, 15, 30]) expect(names).toContain(`nlm h ${h} on discs ${size}`);
  }
  expect(names).toContain("gaussian 5 px, sigma 5 on discs 512 x 512");
});
