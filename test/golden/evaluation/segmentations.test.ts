import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { paintMask } from "../../../src/daemon/evaluation/pixel-mask.js";
import { cocoEntries } from "../../../src/daemon/truth/coco.js";
import { GOLDEN_SIZE } from "../../support/evaluation.js";

interface SegmentationCase {
  readonly name: string;
  readonly segmentation: unknown;
  /** Row by row, lengths of runs of 0, 1, 0, ... */
  readonly runs: readonly number[];
}

const CASES: readonly SegmentationCase[] = JSON.parse(
  readFileSync(new URL("segmentations.json", import.meta.url), "utf8"),
) as readonly SegmentationCase[];

describe("a COCO segmentation covers the pixels that pycocotools gives it", () => {
  it.each(CASES)("$name", async ({ segmentation, runs }) => {
    const file = { images: [{ id: 1, file_name: "a.png" }], annotations: [{ image_id: 1, segmentation }] };
    const [entry] = cocoEntries(JSON.stringify(file), "truth.json");
    const { kind, particles } = await entry.read(GOLDEN_SIZE);
    expect(kind).toBe("masks");
    const image = new Uint8Array(GOLDEN_SIZE.widthPx * GOLDEN_SIZE.heightPx);
    for (const { mask } of particles) if (mask !== null) paintMask(image, GOLDEN_SIZE.widthPx, mask, 1);
    expect(Array.from(image)).toEqual(runs.flatMap((length, i) => new Array<number>(length).fill(i % 2)));
  });
});
