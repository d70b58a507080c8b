import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createJsonWriter } from "../../../src/daemon/export/json.js";
import type { Provenance } from "../../../src/daemon/export/results.js";
import { PARTICLE_COLUMN_NAMES } from "../../../src/stream/base/particles.js";
import { DEFAULT_SETTINGS } from "../../../src/stream/base/settings.js";
import { analysisWith } from "../../support/cli-frames.js";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "ostwald-json-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const provenance: Provenance = {
  version: "0.1.0",
  createdAt: "2026-01-01T00:00:00.000Z",
  settings: DEFAULT_SETTINGS,
  model: { file: "first.onnx", sha256: "ef92" },
  computedBy: { filter: "WebAssembly SIMD", segmenter: "Otsu" },
};

async function written(outlines: boolean, pixelSizes: readonly (number | null)[]) {
  const path = join(dir, "results.json");
  const writer = await createJsonWriter({ path, provenance, outlines });
  for (const [page, pixelSize] of pixelSizes.entries()) {
    await writer.frame({ file: 'a "quoted".tif', page, analysis: analysisWith(2, pixelSize) });
  }
  await writer.rejected({ file: "notes.txt", page: null, reason: "unrecognised-format", detail: "no image" });
  await writer.finish();
  return JSON.parse(await readFile(path, "utf8"));
}

describe("createJsonWriter", () => {
  it("writes provenance, frames with statistics and one record a particle, and what was rejected", async () => {
    const results = await written(false, [null]);
    expect(results).toMatchObject({ formatVersion: 1, provenance });
    expect(results.frames).toHaveLength(1);
    expect(results.frames[0]).toMatchObject({ file: 'a "quoted".tif', page: 0, widthPx: 64, pixelSizeNm: null });
    expect(results.frames[0].statistics.count).toBe(2);
    expect(Object.keys(results.frames[0].particles[0])).toEqual([...PARTICLE_COLUMN_NAMES]);
    expect(results.frames[0].particles[1]).toMatchObject({ id: 2, areaPx2: 100, ecdPx: 11.28379, touchesBorder: true });
    expect(results.rejected).toEqual([
      { file: "notes.txt", page: null, reason: "unrecognised-format", detail: "no image" },
    ]);
  });

  it("adds nm beside px for frames whose pixel size is known, and only for those", async () => {
    const { frames } = await written(false, [0.5, null]);
    expect(frames[0].particles[0]).toMatchObject({ areaPx2: 100, areaNm2: 25, boundaryAreaRatioPerNm: 0.8 });
    expect(frames[1].particles[0]).not.toHaveProperty("areaNm2");
  });

  it("adds outlines when asked", async () => {
    const { frames } = await written(true, [null]);
    const square = [
      [0, 0],
      [10, 0],
      [10, 10],
      [0, 10],
    ];
    expect(frames[0].particles.map(({ outlinePx }: { outlinePx: unknown }) => outlinePx)).toEqual([square, square]);
  });

  it("is valid JSON without any frame", async () => {
    expect((await written(false, [])).frames).toEqual([]);
  });
});
