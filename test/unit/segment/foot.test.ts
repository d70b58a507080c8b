import { describe, expect, it } from "vitest";
import { measureParticles } from "../../../src/daemon/analysis/measure.js";
import { createThresholdSegmenter } from "../../../src/daemon/segment/threshold.js";
import { createFrameFilter } from "../../../src/shaders/create-filter.js";
import type { FilterSettings } from "../../../src/shaders/filter.js";
import type { Frame, GreyImage } from "../../../src/stream/base/frame.js";
import { DEFAULT_SETTINGS } from "../../../src/stream/base/settings.js";
import type { SimulatedFrame } from "../../../src/stream/source/simulated/camera.js";
import type { PaperSample } from "../../../src/stream/source/simulated/paper-scenes.js";
import { paperScene } from "../../../src/stream/source/simulated/paper-scenes.js";
import { simulateFrame } from "../../../src/stream/source/simulated/simulate-frame.js";
import { SETTINGS } from "../../support/segment.js";

function greyOf({ widthPx, heightPx, pixels }: Frame): GreyImage {
  if (!(pixels instanceof Uint8Array)) throw new TypeError("an 8-bit frame");
  return { widthPx, heightPx, levels: pixels };
}

async function filtered(image: GreyImage, filter: FilterSettings["filter"]): Promise<GreyImage> {
  const { filter: filters } = await createFrameFilter({ gpu: "off" });
  const [result = image] = await filters.apply([image], { ...DEFAULT_SETTINGS, filter });
  return result;
}

async function diametersOf(image: GreyImage, frame: Frame, edge: "foot" | "otsu"): Promise<Float32Array> {
  const [detections = []] = await createThresholdSegmenter().segment([image], { ...SETTINGS, edge });
  return measureParticles(detections, frame).particles.ecdPx;
}

const medianOf = (values: ArrayLike<number>) =>
  Array.from(values).sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function scene(sample: PaperSample, snr: number | null): SimulatedFrame {
  return simulateFrame(paperScene(sample, snr), 3);
}

describe("the edge at the foot", () => {
  it.each([
    ["spheres-50", "none"],
    ["spheres-50", "gaussian"],
    ["spheres-70", "none"],
    ["spheres-70", "gaussian"],
  ] as const)("gives noise-free %s with filter %s their true median diameter to 2 %%", async (sample, filter) => {
    const { frame, truth } = scene(sample, null);
    const diameters = await diametersOf(await filtered(greyOf(frame), filter), frame, "foot");
    const trueMedian = medianOf(truth.particles.map(({ ecdNm }) => ecdNm));
    expect(diameters.length).toBe(truth.particles.length);
    expect(medianOf(diameters) / trueMedian).toBeGreaterThan(0.98);
    expect(medianOf(diameters) / trueMedian).toBeLessThan(1.02);
  });

  it("is where Otsu's is when noise hides the foot", async () => {
    const { frame } = scene("spheres-50", 7.487);
    const image = greyOf(frame);
    expect(await diametersOf(image, frame, "foot")).toEqual(await diametersOf(image, frame, "otsu"));
  });

  it("is the same for dark particles as for their negative", async () => {
    const { frame } = scene("spheres-50", null);
    const image = greyOf(frame);
    const negative = { ...image, levels: Uint8Array.from(image.levels, (level) => 255 - level) };
    const bright = await diametersOf(image, frame, "foot");
    const dark = await diametersOf(negative, frame, "foot");
    expect(dark.length).toBe(bright.length);
    for (const [i, diameter] of dark.entries()) expect(diameter).toBeCloseTo(bright[i] ?? Number.NaN, 1);
  });

  it("does not join particles that touch at their feet", async () => {
    // Two cones, 30 levels high where their feet meet.
    const widthPx = 120;
    const levels = Uint8Array.from({ length: widthPx * 60 }, (_, i) => {
      const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
      const nearest = Math.min(Math.hypot(x - 40, y - 30), Math.hypot(x - 80, y - 30));
      return 20 + Math.max(0, 200 - 8.5 * nearest);
    });
    const image = { widthPx, heightPx: 60, levels };
    const frame: Frame = { ...image, pixels: levels, pixelSizeNm: null, acquiredAtMs: null };
    expect((await diametersOf(image, frame, "foot")).length).toBe(2);
  });
});
