/**
 * The simulated frames of Zhang et al., "Deep-Learning Recognition of Scanning Transmission Electron Microscopy: Quantifying and
 * Mitigating the Influence of Gaussian Noises" (arXiv 2409.16637), as scenes.
 *
 * 512 x 512 px of 1 nm, bright-field frames with the grey scale inverted, Gaussian noise only. Particles stand apart and clear of the border.
 *
 * @module
 */
import { defineScene } from "./scene-check.js";
import type { SceneSpec } from "./scene-spec.js";
import type { Shape } from "./shape.js";

/** What is in the frame, and how often. 70 nm spheres fill the frame with fewer. */
export const PAPER_SAMPLES = {
  "spheres-30": { shape: { kind: "sphere", diameterNm: 30 }, count: 24 },
  "spheres-50": { shape: { kind: "sphere", diameterNm: 50 }, count: 24 },
  "spheres-70": { shape: { kind: "sphere", diameterNm: 70 }, count: 16 },
  "rods-65x10": { shape: { kind: "rod", lengthNm: 65, widthNm: 10 }, count: 24 },
  "cubes-50": { shape: { kind: "concave-cube", edgeNm: 50 }, count: 24 },
} as const satisfies Readonly<Record<string, { readonly shape: Shape; readonly count: number }>>;
export type PaperSample = keyof typeof PAPER_SAMPLES;

/** SNR of the background; `null` is noise-free. */
export const PAPER_NOISES = { "noise-free": null, "snr-14.5497": 14.5497, "snr-7.4870": 7.487 } as const;
export type PaperNoise = keyof typeof PAPER_NOISES;

/** A sample at a noise of the paper, or at any other SNR. */
export function paperScene(sample: PaperSample, snr: number | null): SceneSpec {
  const { shape, count } = PAPER_SAMPLES[sample];
  return defineScene({
    modality: "bf-inverted",
    shotNoise: false,
    snr,
    kinds: [{ shape, relativeSd: 0.1, weight: 1 }],
    population: { kind: "count", count },
  });
}

export type PaperSceneName = `${PaperSample}/${PaperNoise}`;

/** Every case of the paper by name: `spheres-50/snr-7.4870`. */
export const PAPER_SCENES = Object.fromEntries(
  Object.keys(PAPER_SAMPLES).flatMap((sample) =>
    Object.entries(PAPER_NOISES).map(([noise, snr]) => [`${sample}/${noise}`, paperScene(sample as PaperSample, snr)]),
  ),
) as Readonly<Record<PaperSceneName, SceneSpec>>;
