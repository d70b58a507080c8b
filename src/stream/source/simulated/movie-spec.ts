/**
 * What happens to the particles of a movie.
 *
 * @module
 */
import { defineScene } from "./scene-check.js";
import type { SceneSpec } from "./scene-spec.js";

/** New particles. They form only where no other is near, which limits their number by itself. */
export interface Nucleation {
  /** Attempts per um2 and s; one that meets a depletion zone fails. */
  readonly attemptsPerUm2S: number;
  /** Least distance of a nucleus from every outline, nm: the depletion zone. */
  readonly clearanceNm: number;
  /** Volume-equivalent diameter that a nucleus grows to, at once and whatever its size, before ripening decides on it. */
  readonly diameterNm: { readonly min: number; readonly max: number };
  /** How long that takes. */
  readonly growthS: number;
}

export interface MovieSpec {
  /** Optics, kinds of particles, and the population that the movie starts with. Its margin does not apply: particles come and go. */
  readonly scene: SceneSpec;
  readonly frameIntervalS: number;
  /** Diffusion coefficient D: a step has sigma sqrt(2 D dt) along each axis. */
  readonly diffusionNm2PerS: number;
  /** Rotational diffusion coefficient. */
  readonly rotationRad2PerS: number;
  /** Of the stage, nm/s. */
  readonly driftNmPerS: { readonly x: number; readonly y: number };
  /** K of dr/dt = K (1/r_crit - 1/r) / r. 0: no ripening. */
  readonly ripeningNm3PerS: number;
  /** Q of r_crit = Q / (dissolved excess volume in nm3): how much solute the liquid holds. */
  readonly soluteCapacityNm4: number;
  /** Solute that the beam sets free from its precursor, nm3/s: makes all grow. */
  readonly supplyNm3PerS: number;
  /** Particles below this volume-equivalent diameter are dissolved. */
  readonly leastDiameterNm: number;
  readonly nucleation: Nucleation | null;
  /** Chance that two particles which touch merge, for each touch; else they bounce. */
  readonly coalescenceChance: number;
  /** Time constant in which a merged pair becomes round. */
  readonly roundingS: number;
  /**
   * What happens at the edge of the simulated world, out of sight around the field of view: `exchange` replaces a particle that
   * leaves by a fresh one that enters opposite, as if the liquid went on; `wrap` keeps it, so that mass is conserved to the last digit.
   */
  readonly edge: "exchange" | "wrap";
}

/**
 * The demo: some 60 gold particles of 12 to 50 nm in water, ripening over minutes, seen at 10 frames/s for as long as one likes.
 */
export const DEMO_MOVIE: MovieSpec = {
  scene: defineScene({
    modality: "haadf",
    doseRate: 20,
    exposureS: 0.1,
    kinds: [
      { shape: { kind: "sphere", diameterNm: 28 }, relativeSd: 0.28, weight: 14 },
      { shape: { kind: "rod", lengthNm: 46, widthNm: 17 }, relativeSd: 0.18, weight: 3 },
      { shape: { kind: "concave-cube", edgeNm: 30 }, relativeSd: 0.15, weight: 2 },
      { shape: { kind: "prism", edgeNm: 40, thicknessNm: 16 }, relativeSd: 0.18, weight: 1 },
    ],
    population: { kind: "count", count: 60 },
    minGapNm: 3,
    marginNm: null,
    shotNoise: true,
    readNoiseElectrons: 2,
    depth: "8",
  }),
  frameIntervalS: 0.1,
  diffusionNm2PerS: 4,
  rotationRad2PerS: 0.004,
  driftNmPerS: { x: 1, y: 0.4 },
  ripeningNm3PerS: 5,
  soluteCapacityNm4: 3e5,
  supplyNm3PerS: 600,
  leastDiameterNm: 4,
  nucleation: { attemptsPerUm2S: 1.2, clearanceNm: 8, diameterNm: { min: 12, max: 30 }, growthS: 15 },
  coalescenceChance: 0.003,
  roundingS: 15,
  edge: "exchange",
};
