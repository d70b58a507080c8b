import { describe, expect, test } from "vitest";
import { toGreyImage } from "../../../src/daemon/analysis/intensity.js";
import { inIntensities, type LevelNoise, noiseOf } from "../../../src/daemon/analysis/noise.js";
import { noiseBlocksFrom } from "../../../src/shaders/kernels/noise/noise.js";
import { noiseValues } from "../../../src/shaders/kernels/noise/noise.ref.js";
import type { Frame, GreyImage } from "../../../src/stream/base/frame.js";
import { PAPER_SAMPLES, type PaperSample, paperScene } from "../../../src/stream/source/simulated/paper-scenes.js";
import { defineScene } from "../../../src/stream/source/simulated/scene-check.js";
import type { SceneSpec } from "../../../src/stream/source/simulated/scene-spec.js";
import { simulateFrame } from "../../../src/stream/source/simulated/simulate-frame.js";
import { seededNormals } from "../../support/analysis.js";
import { denseScene, trueSigma } from "../../support/noisy-pairs.js";

const SAMPLES = Object.keys(PAPER_SAMPLES) as readonly PaperSample[];
const SEEDS = [1, 2, 3, 4];

function estimate(grey: GreyImage): LevelNoise {
  const noise = noiseOf(noiseBlocksFrom(noiseValues(grey)));
  if (noise === null) throw new Error("no estimate");
  return noise;
}

/** Estimate over truth, both in the intensities of the frame, of each seed. */
function ratios(spec: SceneSpec): readonly number[] {
  return SEEDS.map((seed) => {
    const { frame } = simulateFrame(spec, seed);
    const { grey, range } = toGreyImage(frame);
    return inIntensities(estimate(grey), range).sigma / trueSigma(spec, 1);
  });
}

function flat(level: number, sigma: number, edge = 512): GreyImage {
  const normals = seededNormals("flat", edge * edge);
  return { widthPx: edge, heightPx: edge, levels: Float32Array.from(normals, (n) => level + sigma * n) };
}

describe("the noise of the background is within 5 % of the truth", () => {
  const scenes: readonly (readonly [string, SceneSpec])[] = [14.5497, 7.487, 4].flatMap((snr) => [
    ...SAMPLES.map((sample) => [`${sample}, SNR ${snr}`, paperScene(sample, snr)] as const),
    [`400 particles, SNR ${snr}`, denseScene(snr)] as const,
    [`400 bright HAADF particles, SNR ${snr}`, denseScene(snr, "haadf")] as const,
    [`spheres in float32, SNR ${snr}`, defineScene({ ...paperScene("spheres-50", snr), depth: "float" })] as const,
  ]);
  test.each(scenes)("%s", (_name, spec) => {
    for (const ratio of ratios(spec)) expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
  });

  test.each([10, 100, 1000].flatMap((dose) => (["bf", "haadf"] as const).map((modality) => [dose, modality] as const)))(
    "shot noise of %i e/A2/s, %s",
    (doseRate, modality) => {
      const scene = { ...paperScene("spheres-70", null), modality, doseRate, shotNoise: true, depth: "16" } as const;
      for (const ratio of ratios(defineScene(scene))) expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
    },
  );

  test("but there is next to none in a noise-free frame, of few particles or of 400", () => {
    const scenes = [...SAMPLES.map((sample) => paperScene(sample, null)), denseScene(null), denseScene(null, "haadf")];
    for (const spec of scenes) expect(estimate(toGreyImage(simulateFrame(spec, 1).frame).grey).sigma).toBeLessThan(0.3);
  });
});

describe("noise that grows with the signal", () => {
  const GAIN = 3.47;

  test("shows its gain: the counts that an electron makes", () => {
    for (const modality of ["bf", "haadf"] as const) {
      for (const seed of SEEDS) {
        const scene = {
          ...paperScene("spheres-70", null),
          modality,
          doseRate: 100,
          shotNoise: true,
          depth: "16",
        } as const;
        const { frame } = simulateFrame(defineScene(scene), seed);
        const { grey, range } = toGreyImage(frame);
        const { gain, sigma } = inIntensities(estimate(grey), range);
        expect(Math.abs((gain ?? 0) / GAIN - 1)).toBeLessThan(0.25);
        expect(sigma).toBeGreaterThan(0);
      }
    }
  });

  test("is not claimed for noise of the detector alone", () => {
    const gains = SEEDS.map((seed) => {
      const scene = defineScene({ ...paperScene("spheres-70", 14.5497), modality: "haadf", depth: "float" });
      const { frame } = simulateFrame(scene, seed);
      const { grey } = toGreyImage(frame);
      const { growth, sigma } = estimate(grey);
      const background = 20;
      return ((growth?.gain ?? 0) * background) / (sigma * sigma);
    });
    for (const share of gains) expect(Math.abs(share)).toBeLessThan(0.25);
  });

  test("is unknown where all levels are one", () => {
    expect(estimate(flat(100, 10)).growth).toBeNull();
  });
});

describe("what is not noise does not count", () => {
  const SIGMA = 10;

  test.each([
    ["dead and saturated pixels, one in 500", (level: number, i: number) => (i % 501 === 0 ? (i % 2) * 255 : level)],
    ["a slope and a bow", (level: number, i: number) => level + (i % 512) / 20 + ((i >> 9) / 100) ** 2],
    ["a quarter of the frame saturated", (level: number, i: number) => (i >> 9 < 128 ? 255 : level)],
    ["stripes along one axis", (level: number, i: number) => level + 20 * ((i >> 9) % 2)],
    ["whole levels", (level: number) => Math.round(level)],
  ] as const)("%s", (_name, change) => {
    const { levels, ...size } = flat(110, SIGMA);
    const { sigma } = estimate({ ...size, levels: levels.map((level, i) => change(level, i)) });
    expect(Math.abs(sigma / SIGMA - 1)).toBeLessThan(0.05);
  });

  test("noise of half a level, rounded to whole ones, with that of rounding", () => {
    const { levels, ...size } = flat(110.3, 0.5);
    const { sigma } = estimate({ ...size, levels: Uint8Array.from(levels, Math.round) });
    expect(Math.abs(sigma / Math.sqrt(0.25 + 1 / 12) - 1)).toBeLessThan(0.05);
  });
});

test("a frame too small for eight blocks, or saturated all over, has no estimate", () => {
  const noise = (frame: GreyImage) => noiseOf(noiseBlocksFrom(noiseValues(frame)));
  expect(noise(flat(100, 10, 9))).toBeNull();
  expect(noise(flat(100, 10, 20))).toBeNull();
  expect(noise(flat(100, 10, 34))).not.toBeNull();
  expect(noise({ widthPx: 64, heightPx: 64, levels: new Uint8Array(4096).fill(255) })).toBeNull();
});

test("a frame of another scale has the same noise in its own intensities", () => {
  const { levels } = flat(100, 10);
  const frame = (scale: number, low: number): Frame => ({
    widthPx: 512,
    heightPx: 512,
    pixels: levels.map((level) => low + scale * level),
    pixelSizeNm: null,
    acquiredAtMs: null,
  });
  for (const [scale, low] of [
    [1, 0],
    [300, 20_000],
    [0.001, -5],
  ] as const) {
    const { grey, range } = toGreyImage(frame(scale, low));
    expect(inIntensities(estimate(grey), range).sigma / (10 * scale)).toBeCloseTo(1, 1);
  }
});
