import { describe, expect, it } from "vitest";
import { FRAME_ALONE } from "../../../src/daemon/analysis/display-range.js";
import { displayRange, intensityHistogram, toGreyImage } from "../../../src/daemon/analysis/intensity.js";
import { FrameRejectedError } from "../../../src/stream/base/frame.js";
import { frameOf, seededNormals, seededNumbers } from "../../support/analysis.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

describe("the display range", () => {
  it("of 8-bit frames is 0..255", () => {
    expect(displayRange(frameOf(2, 1, Uint8Array.of(7, 9)))).toEqual({ low: 0, high: 255 });
  });

  it("of other frames leaves 0.1 % of the pixels on each side", () => {
    const pixels = Uint16Array.from({ length: 1001 }, (_, i) => 60_000 - 10 * i);
    expect(displayRange(frameOf(1001, 1, pixels))).toEqual({ low: 50_010, high: 59_990 });
  });

  it("of a large frame is that of an even sample of it", () => {
    const pixels = Float32Array.from(seededNumbers("range", 512 * 300), (value) => 100 * value);
    const { low, high } = displayRange(frameOf(512, 300, pixels));
    // The 0.1 % quantile of 16,000 samples scatters by 0.025 %: four of them.
    expect(Math.abs(low - 0.1)).toBeLessThan(0.1);
    expect(Math.abs(high - 99.9)).toBeLessThan(0.1);
  });

  it("does not see only the columns at one distance of a frame whose width is a power of two", () => {
    const pixels = Float32Array.from({ length: 1024 * 256 }, (_, i) => (i % 16 === 0 ? 1 : 5));
    expect(displayRange(frameOf(1024, 256, pixels))).toEqual({ low: 1, high: 5 });
  });

  it("is not moved by dead, saturated and not finite pixels", () => {
    const pixels = Float32Array.from(seededNormals("dead", 16_384), (value) => 50 + value);
    const clean = displayRange(frameOf(128, 128, pixels));
    pixels.set([NAN, INF, -INF, 1e30, -1e30, 65_535], 777);
    const poisoned = displayRange(frameOf(128, 128, pixels));
    expect(Math.abs(poisoned.low - clean.low)).toBeLessThan(0.2);
    expect(Math.abs(poisoned.high - clean.high)).toBeLessThan(0.2);
  });

  it("is never empty", () => {
    for (const pixels of [
      new Uint16Array(9).fill(300),
      new Float32Array(9).fill(-1e30),
      new Float32Array(9).fill(NAN),
    ]) {
      const { low, high } = displayRange(frameOf(3, 3, pixels));
      expect(high).toBeGreaterThan(low);
    }
  });
});

describe("toGreyImage", () => {
  it("keeps the integers of 8-bit frames", () => {
    const pixels = Uint8Array.of(0, 17, 255);
    const { grey, range, replacedPixels } = toGreyImage(frameOf(3, 1, pixels));
    expect(grey).toEqual({ widthPx: 3, heightPx: 1, levels: pixels });
    expect({ range, replacedPixels }).toEqual({ range: { low: 0, high: 255 }, replacedPixels: 0 });
  });

  it("puts other frames on the grey scale without rounding or clipping", () => {
    const pixels = Uint16Array.from({ length: 2001 }, (_, i) => 1000 + i);
    const { grey, range } = toGreyImage(frameOf(2001, 1, pixels));
    expect(range).toEqual({ low: 1002, high: 2998 });
    expect(grey.levels).toBeInstanceOf(Float32Array);
    for (const [i, level] of grey.levels.entries()) expect(level).toBeCloseTo(((i - 2) * 255) / 1996, 4);
  });

  it("gives a pixel that is not finite the mean of its finite neighbours and leaves the others and the frame as they are", () => {
    const pixels = Float32Array.from({ length: 25 }, (_, i) => i);
    const poisoned = pixels.slice();
    poisoned[12] = NAN;
    poisoned[0] = INF;
    const frame = frameOf(5, 5, poisoned);
    const { grey, range, replacedPixels } = toGreyImage(frame);
    const toLevel = (intensity: number): number => ((intensity - range.low) * 255) / (range.high - range.low);
    expect(replacedPixels).toBe(2);
    expect(grey.levels[12]).toBeCloseTo(toLevel(12), 4);
    expect(grey.levels[0]).toBeCloseTo(toLevel((1 + 5 + 6) / 3), 4);
    expect(frame.pixels[12]).toBeNaN();
    for (const i of [1, 7, 11, 13, 24]) expect(grey.levels[i]).toBeCloseTo(toLevel(i), 4);
  });

  it("gives a pixel that stands alone far outside the range the mean of its sound neighbours, and a pair too", () => {
    const pixels = Uint16Array.from({ length: 400 }, (_, i) => 1000 + (i % 20));
    const hot = pixels.slice();
    hot[210] = 65_535;
    hot[55] = 60_000;
    hot[56] = 60_000;
    const { grey, range, replacedPixels } = toGreyImage(frameOf(20, 20, hot), {
      ...FRAME_ALONE,
      displayLow: 1000,
      displayHigh: 1019,
    });
    const toLevel = (intensity: number): number => ((intensity - range.low) * 255) / (range.high - range.low);
    expect(replacedPixels).toBe(3);
    expect(grey.levels[210]).toBeCloseTo(toLevel(1010), 4);
    for (const i of [55, 56]) expect(Math.abs(grey.levels[i] - toLevel(pixels[i] ?? 0))).toBeLessThan(toLevel(1002));
    for (const i of [0, 209, 211, 399]) expect(grey.levels[i]).toBeCloseTo(toLevel(pixels[i] ?? 0), 4);
  });

  it("keeps what is far outside and more than two pixels: a small bright particle", () => {
    const wanted = { ...FRAME_ALONE, displayLow: 900, displayHigh: 1100 };
    for (const [intensity, level] of [
      [60_000, (59_100 * 255) / 200],
      [3.4e38, 1e6],
      [-3.4e38, -1e6],
    ] as const) {
      const pixels = new Float32Array(400).fill(1000);
      for (const i of [210, 211, 230, 231]) pixels[i] = intensity;
      const { grey, replacedPixels } = toGreyImage(frameOf(20, 20, pixels), wanted);
      expect(replacedPixels).toBe(0);
      expect(grey.levels[210]).toBeCloseTo(level, 0);
    }
  });

  it("gives a pixel without finite neighbours the median of the frame", () => {
    const pixels = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? 10 : 30));
    for (const row of [0, 1, 2]) pixels.fill(NAN, row * 8, row * 8 + 3);
    const { grey, range } = toGreyImage(frameOf(8, 8, pixels));
    // 23 pixels of 10 and 32 of 30 are finite.
    expect(grey.levels[9]).toBeCloseTo(((30 - range.low) * 255) / (range.high - range.low), 4);
  });

  it("gives finite levels whatever the intensities", () => {
    const values = [0, 1, NAN, INF, -INF, 3.4e38, -3.4e38, 1e-40, 255];
    const pixels = Float32Array.from({ length: 10_000 }, (_, i) => values[(i - 777) / 500] ?? i % 7);
    const { grey } = toGreyImage(frameOf(100, 100, pixels));
    expect(grey.levels.every(Number.isFinite)).toBe(true);
    expect(Math.max(...grey.levels)).toBeLessThanOrEqual(1e6);
    expect(Math.min(...grey.levels)).toBeGreaterThanOrEqual(-1e6);
  });

  it("takes flat frames", () => {
    expect([...toGreyImage(frameOf(2, 2, new Float32Array(4).fill(5))).grey.levels]).toEqual([0, 0, 0, 0]);
  });

  it("takes a frame of which half is not finite, and rejects one of which more is", () => {
    const half = Float32Array.of(1, NAN, 2, INF);
    expect(toGreyImage(frameOf(2, 2, half)).replacedPixels).toBe(2);
    const more = frameOf(2, 2, Float32Array.of(1, NAN, NAN, INF));
    expect(() => toGreyImage(more)).toThrow(FrameRejectedError);
    expect(() => toGreyImage(more)).toThrow("3 of 4 pixels are NaN or infinite");
  });
});

describe("the intensity histogram", () => {
  it("counts each level of an 8-bit image", () => {
    const counts = intensityHistogram(Uint8Array.of(0, 3, 3, 255));
    expect(counts).toHaveLength(256);
    expect([counts[0], counts[3], counts[255]]).toEqual([1, 2, 1]);
  });

  it("rounds levels and counts those outside in the first and last bin", () => {
    const counts = intensityHistogram(Float32Array.of(-1e6, -0.4, 0.49, 0.5, 254.49, 254.5, 255.4, 1e6));
    expect([counts[0], counts[1], counts[254], counts[255]]).toEqual([3, 1, 1, 3]);
  });
});
