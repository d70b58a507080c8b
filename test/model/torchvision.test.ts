/** A Mask R-CNN as torchvision exports it, described by a manifest and nothing else; torchvision/generate.py made it. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMaskRcnnSegmenter } from "../../src/daemon/segment/mask-rcnn.js";
import type { Segmenter } from "../../src/daemon/segment/segmenter.js";
import { centroidOf, discFrame, discGrid, hits, inverted, SETTINGS } from "../support/segment.js";

const MANIFEST = fileURLToPath(new URL("torchvision/manifest.json", import.meta.url));

let segmenter: Segmenter;
beforeAll(async () => {
  ({ segmenter } = await createMaskRcnnSegmenter({ manifestPath: MANIFEST, provider: "cpu", threads: 1 }));
});
afterAll(() => segmenter.close());

const discs = discGrid(3, 3, 40, 26);
const frame = discFrame({ widthPx: 128, heightPx: 128, discs, noise: 10 });

describe("a torchvision export", () => {
  it("finds discs where they are, at their size, by its boxes, labels, scores and pasted masks", async () => {
    const [detections] = await segmenter.segment([frame], SETTINGS);
    expect(hits(discs, detections)).toEqual(discs.map(() => 1));
    for (const detection of detections) {
      expect(Math.abs(centroidOf(detection).area / (Math.PI * 13 ** 2) - 1)).toBeLessThan(0.15);
      const { box } = detection;
      expect(Math.abs(box.x1 - box.x0 - 26)).toBeLessThan(4);
    }
  });

  it("takes frames that are dark on bright, larger than its tile, or empty", async () => {
    const [dark] = await segmenter.segment([inverted(frame)], SETTINGS);
    expect(hits(discs, dark)).toEqual(discs.map(() => 1));
    const many = discGrid(7, 4, 42, 26);
    const large = discFrame({ widthPx: 300, heightPx: 180, discs: many, noise: 10 });
    const [found] = await segmenter.segment([large], { ...SETTINGS, zoom: 1 });
    expect(hits(many, found)).toEqual(many.map(() => 1));
    const none = discFrame({ widthPx: 128, heightPx: 128, discs: [], noise: 10 });
    const [alone] = await segmenter.segment([frame], SETTINGS);
    expect(await segmenter.segment([none, frame], SETTINGS)).toEqual([[], alone]);
  });

  it("leaves out classes that the manifest does not name", async () => {
    const manifest = JSON.parse(await readFile(MANIFEST, "utf8"));
    manifest.outputs.labels.particles = [2];
    const folder = await mkdtemp(join(tmpdir(), "ostwald-torchvision-"));
    await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
    await copyFile(new URL("torchvision/torchvision.onnx", import.meta.url), join(folder, "torchvision.onnx"));
    const manifestPath = join(folder, "manifest.json");
    const { segmenter: squares } = await createMaskRcnnSegmenter({ manifestPath, provider: "cpu", threads: 1 });
    expect(hits(discs, (await squares.segment([frame], SETTINGS))[0])).toEqual(discs.map(() => 0));
    await squares.close();
    await rm(folder, { recursive: true });
  });
});
