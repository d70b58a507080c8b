/** The threshold segmenter against OpenCV (Otsu), SciPy (holes) and scikit-image (components). */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { intensityHistogram } from "../../../src/daemon/analysis/intensity.js";
import { regionsOf } from "../../../src/daemon/segment/components.js";
import { otsuThreshold } from "../../../src/daemon/segment/otsu.js";
import { createThresholdSegmenter } from "../../../src/daemon/segment/threshold.js";
import { covered, goldenImage, SETTINGS, sha256 } from "../../support/segment.js";

interface GoldenCase {
  readonly kind: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly seed: number;
  readonly threshold: number;
  readonly brightPixels: number;
  readonly binarySha256: string;
  readonly regions: number;
  readonly areasSha256: string;
  readonly filledRegions: number;
  readonly filledAreasSha256: string;
}

const cases: readonly GoldenCase[] = JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8"));

describe.each(cases)("$kind, $widthPx x $heightPx", (golden) => {
  const image = goldenImage(golden.kind, golden.widthPx, golden.heightPx, golden.seed);
  const { threshold, contrast } = otsuThreshold(intensityHistogram(image.levels));
  const values = Uint8Array.from(image.levels, (level) => Number(level > golden.threshold));
  const binary = { ...image, values };

  it("has the threshold of OpenCV", () => {
    expect(threshold).toBe(golden.threshold);
    expect(sha256(values)).toBe(golden.binarySha256);
  });

  it("has the same threshold as a float image", () => {
    expect(otsuThreshold(intensityHistogram(Float32Array.from(image.levels))).threshold).toBe(golden.threshold);
  });

  it("has the components of scikit-image, in its order", () => {
    const areas = regionsOf(binary, { fillHoles: false, minAreaPx: 1 }).map(({ areaPx }) => areaPx);
    expect(areas.length).toBe(golden.regions);
    expect(sha256(areas.join())).toBe(golden.areasSha256);
  });

  it("has the components of scikit-image once SciPy has filled the holes", () => {
    const areas = regionsOf(binary, { fillHoles: true, minAreaPx: 1 }).map(({ areaPx }) => areaPx);
    expect(areas.length).toBe(golden.filledRegions);
    expect(sha256(areas.join())).toBe(golden.filledAreasSha256);
  });

  it("gives masks that together are OpenCV's binary image, unless there is one grey level only", async () => {
    const settings = { ...SETTINGS, polarity: "bright", fillHoles: false, minAreaPx2: 0 } as const;
    const [detections] = await createThresholdSegmenter().segment([image], settings);
    if (contrast === 0) expect(detections).toEqual([]);
    else expect(sha256(covered(image, detections))).toBe(golden.binarySha256);
  });
});
