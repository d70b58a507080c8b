/** The shipped model, run for real on the CPU. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ModelError, ProviderError } from "../../src/daemon/inference/model-error.js";
import { probeProviders } from "../../src/daemon/inference/providers.js";
import { createMaskRcnnSegmenter } from "../../src/daemon/segment/mask-rcnn.js";
import { maskAreaPx } from "../../src/daemon/segment/masks.js";
import type { Segmenter } from "../../src/daemon/segment/segmenter.js";
import type { Detection } from "../../src/stream/base/detection.js";
import { paperScene } from "../../src/stream/source/simulated/paper-scenes.js";
import { simulateFrame } from "../../src/stream/source/simulated/simulate-frame.js";
import { centroidOf, discFrame, discGrid, hits, inverted, SETTINGS } from "../support/segment.js";

const MODELS = fileURLToPath(new URL("../../models", import.meta.url));
const WEIGHTS = ["particles.onnx", "particles.gpu.onnx"];
const SHIPPED = { manifestPath: join(MODELS, "manifest.json"), provider: "cpu", threads: 2 } as const;

let segmenter: Segmenter;
let folder: string;
beforeAll(async () => {
  ({ segmenter } = await createMaskRcnnSegmenter(SHIPPED));
  folder = await mkdtemp(join(tmpdir(), "ostwald-model-"));
});
afterAll(async () => {
  await segmenter.close();
  await rm(folder, { recursive: true });
});

/** A copy of the shipped manifest with one piece of its text replaced, beside the shipped weights. */
async function manifestWith(text: string, replacement: string): Promise<string> {
  const manifest = JSON.stringify(JSON.parse(await readFile(SHIPPED.manifestPath, "utf8")));
  expect(manifest).toContain(text);
  const path = join(folder, "manifest.json");
  await writeFile(path, manifest.replace(text, replacement));
  for (const file of WEIGHTS) await copyFile(join(MODELS, file), join(folder, file));
  return path;
}

/** Sums run in another order in a batch: equal to 1e-3 of score, box and probability. */
function expectSame(found: readonly Detection[], expected: readonly Detection[]): void {
  expect(found.length).toBe(expected.length);
  for (const [i, { mask, box, score }] of found.entries()) {
    expect(Math.abs(score - expected[i].score)).toBeLessThan(1e-3);
    for (const side of ["x0", "y0", "x1", "y1"] as const) {
      expect(Math.abs(box[side] - expected[i].box[side])).toBeLessThan(0.02);
    }
    expect(Math.abs(maskAreaPx(mask) - maskAreaPx(expected[i].mask))).toBeLessThanOrEqual(2);
  }
}

const discs = discGrid(5, 5, 100, 50);
const frame = discFrame({ widthPx: 512, heightPx: 512, discs });

describe("the mask-rcnn segmenter", () => {
  it("finds every disc of 50 px once, its diameter within 5 % and its centre within half a pixel", async () => {
    const [detections] = await segmenter.segment([frame], SETTINGS);
    expect(hits(discs, detections)).toEqual(discs.map(() => 1));
    expect(detections.length).toBe(discs.length);
    for (const detection of detections) {
      const { x, y, area } = centroidOf(detection);
      const [nearest] = discs.toSorted((a, b) => Math.hypot(a.x - x, a.y - y) - Math.hypot(b.x - x, b.y - y));
      expect(Math.hypot(nearest.x - x, nearest.y - y)).toBeLessThan(0.5);
      expect(Math.abs((2 * Math.sqrt(area / Math.PI)) / 50 - 1)).toBeLessThan(0.05);
    }
  });

  it("finds every simulated sphere of 50 nm, the median diameter within 2 % of the truth", async () => {
    const { frame: pixels, truth } = simulateFrame(paperScene("spheres-50", null), 7);
    if (!(pixels.pixels instanceof Uint8Array)) throw new Error("the scene is not an 8-bit one");
    const [detections] = await segmenter.segment([{ ...pixels, levels: pixels.pixels }], SETTINGS);
    expect(detections.length).toBe(truth.particles.length);
    const ratios = detections.map((detection) => {
      const { x, y, area } = centroidOf(detection);
      const distance = ({ xPx, yPx }: { xPx: number; yPx: number }) => Math.hypot(xPx - x, yPx - y);
      const [nearest] = truth.particles.toSorted((a, b) => distance(a) - distance(b));
      return Math.sqrt(area / nearest.maskAreaPx2);
    });
    expect(Math.abs(ratios.toSorted((a, b) => a - b)[12] - 1)).toBeLessThan(0.02);
  });

  it("finds the same particles dark on bright as bright on dark", async () => {
    const [bright, dark] = await segmenter.segment([frame, inverted(frame)], SETTINGS);
    expect(dark.length).toBe(bright.length);
    for (const [i, detection] of dark.entries()) {
      expect(detection.score).toBeCloseTo(bright[i].score, 3);
      expect(Math.abs(centroidOf(detection).area - centroidOf(bright[i]).area)).toBeLessThanOrEqual(4);
    }
  });

  it("gives a batch what it gives its frames one by one, whatever their sizes", async () => {
    const small = discFrame({ widthPx: 200, heightPx: 150, discs: discGrid(2, 1, 90, 40) });
    const wide = discFrame({ widthPx: 700, heightPx: 120, discs: discGrid(7, 1, 100, 60) });
    const images = [small, frame, wide];
    const alone = [];
    for (const image of images) alone.push(...(await segmenter.segment([image], SETTINGS)));
    expect(await segmenter.segment(images, SETTINGS)).toEqual(alone);
    expect(alone.map((detections) => detections.length)).toEqual([2, 25, 7]);
  });

  it.each([1, 3, 8])(
    "computes tiles %i at a time and gives what they give one by one, an empty one among them",
    async (batch) => {
      const { segmenter: batched } = await createMaskRcnnSegmenter({ ...SHIPPED, batch });
      expect(batched.batchLimit).toBe(batch);
      const images = Array.from({ length: 8 }, (_, i) => {
        const discs = i === 2 ? [] : discGrid(i + 1, 5, 62, 20 + 4 * i);
        return discFrame({ widthPx: 512, heightPx: 512, discs, noise: 12 });
      });
      const together = await batched.segment(images, SETTINGS);
      expect(together.map((detections) => detections.length)).toEqual(
        images.map((_, i) => (i === 2 ? 0 : 5 * (i + 1))),
      );
      for (const [i, image] of images.entries()) {
        const [alone] = await segmenter.segment([image], SETTINGS);
        expectSame(together[i], alone);
      }
      await batched.close();
    },
  );

  it("shows every particle of a crowded frame, more than the first run has rows for", async () => {
    const crowd = discGrid(12, 12, 42, 20);
    const [detections] = await segmenter.segment([discFrame({ widthPx: 512, heightPx: 512, discs: crowd })], SETTINGS);
    expect(hits(crowd, detections)).toEqual(crowd.map(() => 1));
  });

  it("finds in 8 bits on a CPU what the float32 model for GPUs finds", async () => {
    const manifest = JSON.parse(await readFile(SHIPPED.manifestPath, "utf8"));
    const manifestPath = await manifestWith("particles", "particles");
    await writeFile(manifestPath, JSON.stringify({ ...manifest, ...manifest.gpu, gpu: undefined }));
    const { segmenter: other } = await createMaskRcnnSegmenter({ ...SHIPPED, manifestPath });
    for (const noise of [0, 20]) {
      const image = discFrame({ widthPx: 512, heightPx: 512, discs, noise });
      const [[eight], [float]] = [await segmenter.segment([image], SETTINGS), await other.segment([image], SETTINGS)];
      expect(hits(discs, eight)).toEqual(hits(discs, float));
      const area = (detections: readonly Detection[]) =>
        detections.reduce((sum, detection) => sum + centroidOf(detection).area, 0) / detections.length;
      expect(Math.abs(area(eight) / area(float) - 1)).toBeLessThan(0.01);
    }
    await other.close();
  });

  it.each([
    ["flat", 0],
    ["noisy", 30],
  ])("finds nothing in an empty frame, %s", async (_, noise) => {
    const empty = discFrame({ widthPx: 512, heightPx: 512, discs: [], noise });
    expect(await segmenter.segment([empty], SETTINGS)).toEqual([[]]);
  });

  it("counts discs on every seam of a frame of 1024 x 900 px once, and whole", async () => {
    const onSeams = discGrid(10, 9, 100, 60);
    const large = discFrame({ widthPx: 1024, heightPx: 900, discs: onSeams, noise: 10 });
    const [detections] = await segmenter.segment([large], SETTINGS);
    expect(hits(onSeams, detections)).toEqual(onSeams.map(() => 1));
    expect(detections.length).toBe(onSeams.length);
    for (const detection of detections) {
      expect(Math.abs(centroidOf(detection).area / (Math.PI * 30 ** 2) - 1)).toBeLessThan(0.1);
    }
  });

  it("finds nothing in the padding of a frame smaller than a tile", async () => {
    const alone = [{ x: 35, y: 32, diameter: 30 }];
    const image = discFrame({ widthPx: 70, heightPx: 64, discs: alone, noise: 10 });
    const [detections] = await segmenter.segment([image], SETTINGS);
    expect(hits(alone, detections)).toEqual([1]);
    expect(detections.length).toBe(1);
  });

  it("keeps to the score and area asked for", async () => {
    const [all] = await segmenter.segment([frame], { ...SETTINGS, scoreThreshold: 0.05 });
    const least = Math.min(...all.map(({ score }) => score));
    expect(least).toBeGreaterThanOrEqual(0.05);
    expect(await segmenter.segment([frame], { ...SETTINGS, minAreaPx2: 3000 })).toEqual([[]]);
  });

  it("shows nothing in a frame without a particle of the manifest's sure score, however low the threshold", async () => {
    const manifestPath = await manifestWith('"sureScore":0.7', '"sureScore":1');
    const { segmenter: doubtful } = await createMaskRcnnSegmenter({ ...SHIPPED, manifestPath });
    expect(await doubtful.segment([frame], { ...SETTINGS, scoreThreshold: 0.05 })).toEqual([[]]);
    await doubtful.close();
  });

  it("names model and provider, and closes more than once", async () => {
    const { segmenter: other } = await createMaskRcnnSegmenter(SHIPPED);
    expect(other.backend.description).toMatch(/^CPUExecutionProvider, particles\.onnx \([0-9a-f]{8}\)$/);
    const closing = other.close();
    expect(other.close()).toBe(closing);
    await closing;
  });
});

describe("a model that does not match its manifest", () => {
  it.each([
    ["input of another size", "1,512,512", "1,256,256", "image, float32 of shape [batch, 1, 256, 256]"],
    ["no input for the rows", '"input":"detections"', '"input":"rows"', "rows, int64 of shape []"],
    ["output of another name", '"name":"scores"', '"name":"score"', "score, float32 of shape [batch, detections]"],
    [
      "output of another rank",
      '"detections",4',
      '"detections",4,1',
      "boxes, float32 of shape [batch, detections, 4, 1]",
    ],
    ["masks of another size", "28,28", "14,14", "masks, float32 of shape [batch, detections, 14, 14]"],
  ])("is refused: %s", async (_, text, replacement, expected) => {
    const manifestPath = await manifestWith(text, replacement);
    const error = await createMaskRcnnSegmenter({ ...SHIPPED, manifestPath }).catch((reason: unknown) => reason);
    if (!(error instanceof ModelError)) throw new Error(`no ModelError but ${error}`);
    expect(error.fault).toBe("mismatch");
    expect(error.expected).toContain(expected);
  });

  it.each(WEIGHTS)("is refused with %s swapped for the other, with a flipped bit, and cut short", async (file) => {
    const manifestPath = await manifestWith("particles", "particles");
    const weights = await readFile(join(MODELS, file));
    const other = await readFile(join(MODELS, WEIGHTS.find((name) => name !== file) ?? ""));
    const flipped = Uint8Array.from(weights);
    flipped[weights.length >> 1] ^= 4;
    for (const bytes of [other, flipped, weights.subarray(0, 100_000)]) {
      await writeFile(join(folder, file), bytes);
      await expect(createMaskRcnnSegmenter({ ...SHIPPED, manifestPath })).rejects.toMatchObject({ fault: "corrupt" });
    }
  });
});

describe("providers", () => {
  it("auto runs on what is there and says what was passed over", async () => {
    const usable = (await probeProviders()).find(({ isUsable }) => isUsable)?.provider;
    const { segmenter: chosen, notes } = await createMaskRcnnSegmenter({ ...SHIPPED, provider: "auto" });
    expect(chosen.backend.description.toLowerCase()).toContain(`${usable}executionprovider`);
    expect(notes.length).toBe(["cuda", "webgpu", "cpu"].indexOf(usable ?? ""));
    await chosen.close();
  });

  it("a provider asked for by name and not there is an error, not a slower one", async () => {
    const absent = (await probeProviders()).find(({ isUsable }) => !isUsable);
    if (absent === undefined) return;
    const attempt = createMaskRcnnSegmenter({ ...SHIPPED, provider: absent.provider });
    await expect(attempt).rejects.toBeInstanceOf(ProviderError);
  });
});
