/**
 * Refuses scenes that make no sense, before anything is allocated for them.
 *
 * @module
 */
import { LIMITS } from "../../base/limits.js";
import { checkChoice, checkNumber, type Range } from "./check.js";
import { noiseOf } from "./optics.js";
import {
  DEFAULT_SCENE,
  DEPTHS,
  MODALITIES,
  type ParticleKind,
  type SceneSpec,
  SceneSpecError,
  sceneCount,
  scenePixelSizeNm,
} from "./scene-spec.js";

/** Labels are 16-bit numbers, 0 is the background. */
const MOST_PARTICLES = 65_535;

/** Wide enough for every experiment, narrow enough to stop a slipped unit. */
const RANGES = {
  fieldOfViewNm: { min: 1, max: 1e6, unit: "nm" },
  widthPx: { min: 1, max: LIMITS.frameEdgePx, unit: "px", whole: true },
  heightPx: { min: 1, max: LIMITS.frameEdgePx, unit: "px", whole: true },
  doseRate: { min: 1e-6, max: 1e9, unit: "e/A2/s" },
  exposureS: { min: 1e-6, max: 1e4, unit: "s" },
  liquidThicknessNm: { min: 0, max: 1e5, unit: "nm" },
  windowThicknessNm: { min: 0, max: 1e4, unit: "nm" },
  minGapNm: { min: 0, max: 1e5, unit: "nm", nullable: true },
  marginNm: { min: 0, max: 1e5, unit: "nm", nullable: true },
  snr: { min: 0.01, max: 1e6, unit: "(mean / standard deviation)", nullable: true },
  readNoiseElectrons: { min: 0, max: 1e9, unit: "electrons" },
  gain: { min: 1e-6, max: 1e6, unit: "counts per electron" },
  mtfSigmaPx: { min: 0, max: 50, unit: "px" },
  fullScaleElectrons: { min: 1e-6, max: 1e12, unit: "electrons", nullable: true },
} as const satisfies Readonly<Partial<Record<keyof SceneSpec, Range>>>;

const RANGED_FIELDS = Object.keys(RANGES) as readonly (keyof typeof RANGES)[];

const PIXEL_SIZE: Range = { min: 1e-3, max: 1e4, unit: "nm per px" };
const LENGTH: Range = { min: 1e-3, max: 1e5, unit: "nm" };
const RELATIVE_SD: Range = { min: 0, max: 0.3, unit: "" };
const WEIGHT: Range = { min: 1e-9, max: 1e9, unit: "" };
const COUNT: Range = { min: 0, max: MOST_PARTICLES, unit: "particles", whole: true };
const DENSITY: Range = { min: 0, max: 1e9, unit: "particles per um2" };
const DIFFUSION: Range = { min: 0, max: 1e9, unit: "nm2/s" };
const SUB_STEPS: Range = { min: 1, max: 1000, unit: "sub-steps", whole: true };

/** {@link DEFAULT_SCENE} with `changes`, checked. Raises {@link SceneSpecError}. */
export function defineScene(changes: Partial<SceneSpec>): SceneSpec {
  const spec: SceneSpec = Object.freeze({ ...DEFAULT_SCENE, ...changes });
  checkScene(spec);
  return spec;
}

/** Raises {@link SceneSpecError} for a scene that cannot be simulated. */
export function checkScene(spec: SceneSpec): void {
  for (const field of RANGED_FIELDS) checkNumber(field, spec[field], RANGES[field]);
  checkChoice("modality", spec.modality, MODALITIES);
  checkChoice("depth", spec.depth, DEPTHS);
  checkPixels(spec);
  checkParticles(spec);
  checkMotionBlur(spec);
  checkNoise(spec);
}

function checkPixels(spec: SceneSpec): void {
  const pixels = spec.widthPx * spec.heightPx;
  checkNumber("widthPx x heightPx", pixels, { min: 1, max: LIMITS.framePixels, unit: "px" });
  checkNumber("fieldOfViewNm / widthPx", scenePixelSizeNm(spec), PIXEL_SIZE);
  if (spec.meanFreePathsNm === null) return;
  for (const [material, path] of Object.entries(spec.meanFreePathsNm)) {
    checkNumber(`meanFreePathsNm.${material}`, path, { min: 0.1, max: 1e9, unit: "nm" });
  }
}

function checkParticles(spec: SceneSpec): void {
  if (spec.kinds.length === 0) {
    throw new SceneSpecError("kinds", {
      received: "no kind of particle",
      expected: "at least one in kinds",
      remedy: "For an empty liquid set population to a count of 0 instead.",
    });
  }
  spec.kinds.forEach(checkKind);
  if (spec.population.kind === "count") checkNumber("population.count", spec.population.count, COUNT);
  else {
    checkNumber("population.perUm2", spec.population.perUm2, DENSITY);
    checkNumber("population.perUm2 (particles in the field of view)", sceneCount(spec), COUNT);
  }
}

function checkKind(kind: ParticleKind, index: number): void {
  const at = `kinds[${index}]`;
  for (const [dimension, value] of Object.entries(kind.shape)) {
    if (dimension !== "kind") checkNumber(`${at}.shape.${dimension}`, value, LENGTH);
  }
  checkNumber(`${at}.relativeSd`, kind.relativeSd, RELATIVE_SD);
  checkNumber(`${at}.weight`, kind.weight, WEIGHT);
  if (kind.shape.kind === "rod" && kind.shape.lengthNm < kind.shape.widthNm) {
    throw new SceneSpecError(`${at}.shape.lengthNm`, {
      received: `a rod of ${kind.shape.lengthNm} nm with a width of ${kind.shape.widthNm} nm`,
      expected: "a length, tip to tip, of at least the width",
      remedy: "Exchange the two or ask for a sphere.",
    });
  }
}

function checkMotionBlur({ motionBlur }: SceneSpec): void {
  if (motionBlur === null) return;
  checkNumber("motionBlur.diffusionNm2PerS", motionBlur.diffusionNm2PerS, DIFFUSION);
  checkNumber("motionBlur.subSteps", motionBlur.subSteps, SUB_STEPS);
}

function checkNoise(spec: SceneSpec): void {
  if (spec.snr === null) return;
  if (spec.readNoiseElectrons > 0) {
    throw new SceneSpecError("readNoiseElectrons", {
      received: `a read noise of ${spec.readNoiseElectrons} electrons beside an SNR of ${spec.snr}`,
      expected: "one of the two, for the SNR sets the read noise",
      remedy: "Set readNoiseElectrons to 0 or snr to null.",
    });
  }
  const { readVariance, shotVariance } = noiseOf(spec);
  if (readVariance < 0) {
    const best = spec.snr * Math.sqrt((readVariance + shotVariance) / shotVariance);
    throw new SceneSpecError("snr", {
      received: `an SNR of ${spec.snr} with shot noise`,
      expected: `at most ${best.toFixed(4)}, what shot noise alone gives in this scene`,
      remedy: "Ask for less, raise the dose rate or the exposure, or switch shotNoise off.",
    });
  }
}
