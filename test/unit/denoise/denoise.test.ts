import { afterAll, describe, expect, test } from "vitest";
import { type DenoiseSettings, denoise, type NoisyFrame } from "../../../src/daemon/denoise/denoise.js";
import { steadySigma } from "../../../src/daemon/denoise/steady.js";
import { WasmFilter } from "../../../src/shaders/wasm-filter.js";
import type { GreyImage } from "../../../src/stream/base/frame.js";
import { DEFAULT_SETTINGS } from "../../../src/stream/base/settings.js";
import { PAPER_SAMPLES, type PaperSample, paperScene } from "../../../src/stream/source/simulated/paper-scenes.js";
import { defineScene } from "../../../src/stream/source/simulated/scene-check.js";
import { type NoisyPair, noisyPair, psnrDb } from "../../support/noisy-pairs.js";

const SAMPLES = Object.keys(PAPER_SAMPLES) as readonly PaperSample[];
const AUTO: DenoiseSettings = { ...DEFAULT_SETTINGS, filter: "nlm", nlmH: "auto" };
const filter = await WasmFilter.open();
afterAll(() => filter.close());
/** The learned one has a test of its own, with its model. */
const denoisers = { filter, unet: () => Promise.reject(new Error("not asked for")) };

function alone(grey: GreyImage, sigmaBefore: number | null = null): NoisyFrame {
  return { grey, range: { low: 0, high: 255 }, sigmaBefore };
}

/** The quarter of a frame in its middle: a quarter of the time. */
function middle({ grey, clean, ...pair }: NoisyPair): NoisyPair {
  const edge = 256;
  const cut = <Levels extends Uint8Array | Float32Array>(from: Levels, to: Levels): Levels => {
    for (let y = 0; y < edge; y++) {
      const first = (y + edge / 2) * grey.widthPx + edge / 2;
      to.set(from.subarray(first, first + edge), y * edge);
    }
    return to;
  };
  const levels = cut(Uint8Array.from(grey.levels), new Uint8Array(edge * edge));
  return { ...pair, grey: { widthPx: edge, heightPx: edge, levels }, clean: cut(clean, new Float32Array(edge * edge)) };
}

/** PSNR behind the strength that sets itself less that behind the best of some fixed ones, which are given over the noise. */
async function gainDb({ grey, clean, sigma }: NoisyPair, factors: readonly number[]): Promise<number> {
  const [{ filtered, nlmH: own }] = await denoise(denoisers, [alone(grey)], AUTO);
  expect(own).toBeGreaterThanOrEqual(1);
  const fixed: number[] = [];
  for (const factor of factors) {
    const nlmH = Math.max(1, factor * sigma);
    const [image] = await filter.apply([grey], { ...DEFAULT_SETTINGS, filter: "nlm", nlmH });
    fixed.push(psnrDb(image, clean));
  }
  return psnrDb(filtered, clean) - Math.max(...fixed);
}

describe("the strength of non-local means that sets itself is within 0.3 dB of the best fixed one", () => {
  const cases = SAMPLES.flatMap((sample) => [null, 14.5497, 7.487, 4].map((snr) => [sample, snr] as const));
  test.each(cases)("%s, SNR %s", async (sample, snr) => {
    const pair = middle(noisyPair(paperScene(sample, snr), 11));
    expect(await gainDb(pair, snr === null ? [3.4, 5, 8] : [0.9, 1, 1.1, 1.25, 1.4])).toBeGreaterThan(-0.3);
  });

  // Few and faint particles, and bright ones on next to nothing, want far more than the noise.
  test.each([
    ["rods-65x10", 7.487, "bf-inverted"],
    ["rods-65x10", 4, "bf-inverted"],
    ["spheres-30", 4, "bf-inverted"],
    ["spheres-30", 4, "haadf"],
    ["rods-65x10", 7.487, "haadf"],
    ["spheres-70", 14.5497, "haadf"],
    ["cubes-50", 4, "haadf"],
  ] as const)("%s, SNR %s, %s, whole frames", async (sample, snr, modality) => {
    const pair = noisyPair(defineScene({ ...paperScene(sample, snr), modality }), 11);
    expect(await gainDb(pair, [1, 1.25, 1.5, 1.75, 2, 2.3, 2.7])).toBeGreaterThan(-0.3);
  });
});

describe("denoise", () => {
  const noisy = [3, 4].map((seed) => middle(noisyPair(paperScene("spheres-30", 7.487), seed)).grey);

  test("gives a frame the same result alone and in a batch", async () => {
    const frames = [...noisy, noisy[0]].map((grey) => alone(grey));
    const together = await denoise(denoisers, frames, AUTO);
    for (const [i, frame] of frames.entries())
      expect((await denoise(denoisers, [frame], AUTO))[0]).toEqual(together[i]);
  });

  test("says the noise with every filter, and the strength with non-local means only", async () => {
    for (const [name, nlmH] of [
      ["none", null],
      ["gaussian", null],
      ["nlm", 7],
    ] as const) {
      const [{ noise, ...frame }] = await denoise(denoisers, [alone(noisy[0])], {
        ...DEFAULT_SETTINGS,
        filter: name,
        nlmH: 7,
      });
      expect(noise?.sigma).toBeGreaterThan(10);
      expect(frame.nlmH).toBe(nlmH);
    }
  });

  test("is steadied by the frames before, in whatever intensities they come", async () => {
    const [alone1] = await denoise(denoisers, [alone(noisy[0])], AUTO);
    const sigma = alone1.noise?.sigma ?? 0;
    const strengths = await Promise.all(
      [1, 16].map(async (scale) => {
        const range = { low: 100, high: 100 + 255 * scale };
        const [frame] = await denoise(denoisers, [{ grey: noisy[0], range, sigmaBefore: 1.1 * sigma * scale }], AUTO);
        return frame.nlmH ?? 0;
      }),
    );
    expect(strengths[0]).toBe(strengths[1]);
    expect(strengths[0] / (alone1.nlmH ?? 1)).toBeCloseTo(1.09, 1);
  });

  test("filters a frame that shows no noise with the least strength", async () => {
    const flat = { widthPx: 64, heightPx: 64, levels: new Uint8Array(4096).fill(255) };
    expect(await denoise(denoisers, [alone(flat)], AUTO)).toEqual([{ filtered: flat, noise: null, nlmH: 1 }]);
  });
});

test("the noise of a stream is averaged while it is steady, and taken as it is when it jumps", () => {
  expect(steadySigma(10, null)).toBe(10);
  expect(steadySigma(10.5, 10)).toBeCloseTo(10.03, 2);
  expect(steadySigma(13, 10)).toBe(13);
  expect(steadySigma(7, 10)).toBe(7);
});
