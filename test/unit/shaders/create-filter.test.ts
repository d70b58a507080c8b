import { describe, expect, test } from "vitest";
import { createFrameFilter } from "../../../src/shaders/create-filter.js";
import type { FrameFilter } from "../../../src/shaders/filter.js";
import { GpuRefusedError, isGpuError } from "../../../src/shaders/gpu/errors.js";
import { verifyFilter } from "../../../src/shaders/verify-filter.js";
import { WasmFilter } from "../../../src/shaders/wasm-filter.js";

test("`off` filters on the CPU and has nothing to say", async () => {
  const { filter, notes } = await createFrameFilter({ gpu: "off" });
  expect(filter.backend).toEqual({ kind: "wasm", description: "WebAssembly SIMD", isSoftwareAdapter: false });
  expect(notes).toEqual([]);
  await filter.close();
});

test("`auto` gives a filter on any machine, and a note where it is not the GPU", async () => {
  const { filter, notes } = await createFrameFilter({ gpu: "auto" });
  expect(notes).toHaveLength(filter.backend.kind === "wgsl" ? 0 : 1);
  await expect(verifyFilter(filter)).resolves.toBeUndefined();
  await filter.close();
});

describe("the check of a GPU before it is taken", () => {
  test("passes a filter that computes right", async () => {
    await expect(verifyFilter(await WasmFilter.open())).resolves.toBeUndefined();
  });

  test.each([
    ["zeros", () => 0],
    ["one level too much in one pixel", (level: number, i: number) => (i === 50 ? level + 1 : level)],
  ] as const)("refuses a filter that answers with %s", async (_, change) => {
    const right = await WasmFilter.open();
    const wrong: FrameFilter = {
      backend: right.backend,
      apply: async (images, settings) =>
        (await right.apply(images, settings)).map((image) => ({ ...image, levels: image.levels.map(change) })),
      noiseBlocks: (images) => right.noiseBlocks(images),
      close: () => right.close(),
    };
    const error: unknown = await verifyFilter(wrong).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(GpuRefusedError);
    expect(isGpuError(error)).toBe(true);
  });

  test("refuses a filter whose noise is wrong", async () => {
    const right = await WasmFilter.open();
    const wrong: FrameFilter = {
      backend: right.backend,
      apply: (images, settings) => right.apply(images, settings),
      noiseBlocks: async (images) =>
        (await right.noiseBlocks(images)).map((blocks) => ({
          ...blocks,
          roughness: blocks.roughness.map((r) => 1.01 * r),
        })),
      close: () => right.close(),
    };
    await expect(verifyFilter(wrong)).rejects.toThrow(/check of the noise/);
  });
});
