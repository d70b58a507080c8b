/**
 * Refuses movies that make no sense.
 *
 * @module
 */
import { checkChoice, checkNumber, type Range } from "./check.js";
import type { MovieSpec } from "./movie-spec.js";
import { checkScene } from "./scene-check.js";

const RANGES = {
  frameIntervalS: { min: 1e-4, max: 1e4, unit: "s" },
  diffusionNm2PerS: { min: 0, max: 1e9, unit: "nm2/s" },
  rotationRad2PerS: { min: 0, max: 1e6, unit: "rad2/s" },
  ripeningNm3PerS: { min: 0, max: 1e9, unit: "nm3/s" },
  soluteCapacityNm4: { min: 1, max: 1e15, unit: "nm4" },
  supplyNm3PerS: { min: 0, max: 1e9, unit: "nm3/s" },
  leastDiameterNm: { min: 0.1, max: 1e4, unit: "nm" },
  coalescenceChance: { min: 0, max: 1, unit: "" },
  roundingS: { min: 1e-3, max: 1e6, unit: "s" },
} as const satisfies Readonly<Partial<Record<keyof MovieSpec, Range>>>;

const RANGED_FIELDS = Object.keys(RANGES) as readonly (keyof typeof RANGES)[];
const DRIFT: Range = { min: -1e6, max: 1e6, unit: "nm/s" };

/** Raises SceneSpecError for a movie that cannot be simulated. */
export function checkMovie(spec: MovieSpec): void {
  checkScene(spec.scene);
  for (const field of RANGED_FIELDS) checkNumber(field, spec[field], RANGES[field]);
  checkNumber("driftNmPerS.x", spec.driftNmPerS.x, DRIFT);
  checkNumber("driftNmPerS.y", spec.driftNmPerS.y, DRIFT);
  checkChoice("edge", spec.edge, ["exchange", "wrap"]);
  if (spec.nucleation === null) return;
  const { attemptsPerUm2S, clearanceNm, diameterNm, growthS } = spec.nucleation;
  checkNumber("nucleation.attemptsPerUm2S", attemptsPerUm2S, { min: 0, max: 1e6, unit: "per um2 and s" });
  checkNumber("nucleation.clearanceNm", clearanceNm, { min: 0, max: 1e5, unit: "nm" });
  checkNumber("nucleation.diameterNm.min", diameterNm.min, {
    min: spec.leastDiameterNm,
    max: diameterNm.max,
    unit: "nm",
  });
  checkNumber("nucleation.growthS", growthS, { min: 1e-3, max: 1e6, unit: "s" });
}
