/**
 * What the simulated microscope looks at and how: the specimen, the beam, the detector.
 *
 * @module
 */
import { type ErrorReport, OstwaldError } from "../../base/errors.js";
import type { Shape } from "./shape.js";

/**
 * What the detector counts.
 *
 * - `haadf`: electrons scattered to the annular detector; particles bright.
 * - `bf`: electrons that pass; particles dark.
 * - `bf-inverted`: the bright-field frame mirrored about its background, so that particles are bright and mean and noise of the
 *   background stay what they were.
 */
export const MODALITIES = ["haadf", "bf", "bf-inverted"] as const;
export type Modality = (typeof MODALITIES)[number];

/** Bits of an output pixel: integers of 8 or 16 bits, or float32. README.md gives the mapping of each. */
export const DEPTHS = ["8", "16", "float"] as const;
export type Depth = (typeof DEPTHS)[number];

/** Mean free paths of the beam for the signal of one modality, nm. */
export interface MeanFreePathsNm {
  readonly particle: number;
  readonly liquid: number;
  readonly window: number;
}

/** One kind of particle among those of a scene. */
export interface ParticleKind {
  /** The mean body. */
  readonly shape: Shape;
  /** Standard deviation of the size over its mean, 0..0.3; a particle is scaled as a whole. */
  readonly relativeSd: number;
  /** Share of this kind among all, > 0, relative to the others' weights. */
  readonly weight: number;
}

/** Sizes are drawn within so many standard deviations of their mean. */
export const SIZE_CUTOFF_SD = 3;

/** How many particles there are: a number, or a number per um2 of the field of view. */
export type Population =
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "density"; readonly perUm2: number };

/** Brownian motion during the exposure: the particle is where the truth says when the shutter opens. */
export interface MotionBlur {
  readonly diffusionNm2PerS: number;
  /** Positions within one exposure, 1..1000; simulatedLPTEM takes 800. */
  readonly subSteps: number;
}

export interface SceneSpec {
  /** Width of the field of view, nm. Pixels are square: `fieldOfViewNm / widthPx` nm each. */
  readonly fieldOfViewNm: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly modality: Modality;
  /** e/A2/s. */
  readonly doseRate: number;
  readonly exposureS: number;
  readonly liquidThicknessNm: number;
  /** Of each of the two windows. */
  readonly windowThicknessNm: number;
  /** `null` takes those of the modality: {@link MEAN_FREE_PATHS_NM}. */
  readonly meanFreePathsNm: MeanFreePathsNm | null;
  readonly kinds: readonly ParticleKind[];
  readonly population: Population;
  /** Least distance between two particles' outlines, nm; `null` lets particles overlap. */
  readonly minGapNm: number | null;
  /** Least distance of an outline from the border, nm; `null` lets the border cut particles. */
  readonly marginNm: number | null;
  /** mean / standard deviation of the background of the finished frame; `null`: what shot and read noise give. */
  readonly snr: number | null;
  readonly shotNoise: boolean;
  /** Standard deviation of the read noise, electrons; must be 0 where `snr` sets it. */
  readonly readNoiseElectrons: number;
  /** Detector counts per electron. */
  readonly gain: number;
  /** Standard deviation of the detector's point spread (Gaussian MTF), px; 0: none. */
  readonly mtfSigmaPx: number;
  readonly motionBlur: MotionBlur | null;
  readonly depth: Depth;
  /** Electrons that 8-bit level 255 stands for; `null`: from the scene, see README.md. */
  readonly fullScaleElectrons: number | null;
}

/**
 * Bright field: simulatedLPTEM (Yao et al. 2020). HAADF: Rutherford scattering beyond 70 mrad at 200 kV in gold, 60 nm, and from it
 * water and Si3N4 by number density times Z^1.7; README.md has the sum.
 */
export const MEAN_FREE_PATHS_NM = {
  bf: { particle: 85, liquid: 185, window: 144 },
  haadf: { particle: 60, liquid: 4900, window: 1160 },
} as const satisfies Readonly<Record<"bf" | "haadf", MeanFreePathsNm>>;

/** The paper's set-up: 512 x 512 nm and px, 100 nm of water between two 50 nm windows, 1000 e/A2/s for 0.1 s. */
export const DEFAULT_SCENE: SceneSpec = {
  fieldOfViewNm: 512,
  widthPx: 512,
  heightPx: 512,
  modality: "haadf",
  doseRate: 1000,
  exposureS: 0.1,
  liquidThicknessNm: 100,
  windowThicknessNm: 50,
  meanFreePathsNm: null,
  kinds: [{ shape: { kind: "sphere", diameterNm: 50 }, relativeSd: 0.1, weight: 1 }],
  population: { kind: "count", count: 24 },
  minGapNm: 2,
  marginNm: 2,
  snr: null,
  shotNoise: true,
  readNoiseElectrons: 0,
  gain: 3.47,
  mtfSigmaPx: 0,
  motionBlur: null,
  depth: "8",
  fullScaleElectrons: null,
};

/** A scene that cannot be simulated: `field` names what is wrong with it. */
export class SceneSpecError extends OstwaldError {
  readonly tag = "SceneSpec";
  readonly field: string;

  constructor(field: string, report: ErrorReport) {
    super(report);
    this.field = field;
  }
}

/** nm of the specimen per px. */
export function scenePixelSizeNm(spec: SceneSpec): number {
  return spec.fieldOfViewNm / spec.widthPx;
}

/** The number of particles asked for in the field of view. */
export function sceneCount(spec: SceneSpec): number {
  if (spec.population.kind === "count") return spec.population.count;
  const areaUm2 = (spec.fieldOfViewNm * spec.heightPx * scenePixelSizeNm(spec)) / 1e6;
  return Math.round(spec.population.perUm2 * areaUm2);
}

/** The mean free paths that hold for a scene. */
export function sceneMeanFreePathsNm(spec: SceneSpec): MeanFreePathsNm {
  return spec.meanFreePathsNm ?? MEAN_FREE_PATHS_NM[spec.modality === "haadf" ? "haadf" : "bf"];
}
