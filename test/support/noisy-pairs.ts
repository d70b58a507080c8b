/**
 * Simulated frames with what they would be without noise, and how strong their noise is.
 *
 * @module
 */
import { toGreyImage } from "../../src/daemon/analysis/intensity.js";
import type { Frame, GreyImage } from "../../src/stream/base/frame.js";
import { greyScale, noiseOf } from "../../src/stream/source/simulated/optics.js";
import { paperScene } from "../../src/stream/source/simulated/paper-scenes.js";
import { defineScene } from "../../src/stream/source/simulated/scene-check.js";
import type { SceneSpec } from "../../src/stream/source/simulated/scene-spec.js";
import { simulateFrame } from "../../src/stream/source/simulated/simulate-frame.js";

export interface NoisyPair {
  readonly frame: Frame;
  readonly grey: GreyImage;
  /** The same particles without noise, not rounded, on the same scale. */
  readonly clean: Float32Array;
  /** Standard deviation of the noise of the background in grey levels, that of rounding included. */
  readonly sigma: number;
}

/** An 8-bit frame of a scene. */
export function noisyPair(spec: SceneSpec, seed: number): NoisyPair {
  const { slope } = greyScale(spec);
  const { frame } = simulateFrame(spec, seed);
  const noiseFree = {
    snr: null,
    readNoiseElectrons: 0,
    shotNoise: false,
    depth: "float",
    gain: Math.abs(slope),
  } as const;
  const clean = Float32Array.from(simulateFrame(defineScene({ ...spec, ...noiseFree }), seed).frame.pixels);
  return { frame, grey: toGreyImage(frame).grey, clean, sigma: trueSigma(spec, 1) };
}

/** Standard deviation of the background's noise in the values of a frame, or in grey levels that are `perLevel` values each. */
export function trueSigma(spec: SceneSpec, perLevel: number): number {
  const { shotVariance, readVariance, spreadFactor } = noiseOf(spec);
  const sigma = Math.abs(greyScale(spec).slope) * spreadFactor * Math.sqrt(shotVariance + Math.max(0, readVariance));
  return Math.sqrt(sigma * sigma + (spec.depth === "float" ? 0 : 1 / 12)) / perLevel;
}

/** 400 particles of 14 px in a frame of the paper's optics. */
export function denseScene(snr: number | null, modality: SceneSpec["modality"] = "bf-inverted"): SceneSpec {
  return defineScene({
    ...paperScene("spheres-30", snr),
    modality,
    kinds: [{ shape: { kind: "sphere", diameterNm: 14 }, relativeSd: 0.1, weight: 1 }],
    population: { kind: "count", count: 400 },
    minGapNm: 1,
  });
}

/** Peak signal-to-noise ratio of an image against the truth, dB, the peak being 255. */
export function psnrDb(image: GreyImage, clean: Float32Array): number {
  const squares = clean.reduce((sum, level, i) => sum + (image.levels[i] - level) ** 2, 0);
  return 10 * Math.log10((255 * 255 * clean.length) / squares);
}
