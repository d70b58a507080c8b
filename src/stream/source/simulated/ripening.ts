/**
 * Ostwald ripening: the exchange of matter between particles through the liquid.
 *
 * Lifshitz, Slyozov and Wagner for growth limited by diffusion: dr/dt = K (1/r_crit - 1/r) / r, that is dV/dt = 4 pi K (r/r_crit - 1),
 * with r the radius of the sphere of volume V. The critical radius follows from the solute, r_crit = Q / excess (Gibbs-Thomson), so that what
 * particles lose the liquid gains. In a closed system it settles at the mean radius within seconds, as the theory says.
 *
 * @module
 */
import { equivalentDiameterNm, type Grain, resized } from "./grain.js";
import type { MovieSpec } from "./movie-spec.js";

/** Grains and the volume dissolved between them. */
export interface Solution {
  readonly grains: readonly Grain[];
  /** Excess over what is in equilibrium with a flat surface, as volume of solid, >= 0. */
  readonly soluteNm3: number;
}

type RipeningSpec = Pick<MovieSpec, "ripeningNm3PerS" | "soluteCapacityNm4" | "leastDiameterNm" | "nucleation">;

/** The solution in which grains of these sizes neither gain nor lose as a whole: its critical radius is their mean radius. */
export function balancedSoluteNm3(grains: readonly Grain[], spec: RipeningSpec): number {
  if (grains.length === 0) return 0;
  const sum = grains.reduce((total, grain) => total + equivalentDiameterNm(grain.volumeNm3) / 2, 0);
  return (spec.soluteCapacityNm4 * grains.length) / sum;
}

/** The solution a time step later. Volume of grains and solute together is unchanged. */
export function ripened(solution: Solution, spec: RipeningSpec, dtS: number): Solution {
  const wanted = solution.grains.map((grain) => wantedNm3(grain, solution.soluteNm3, spec) * dtS);
  const gain = wanted.reduce((sum, change) => sum + Math.max(0, change), 0);
  const loss = wanted.reduce((sum, change) => sum - Math.min(0, change), 0);
  // Nobody can take up more than is dissolved.
  const share = gain > 0 ? Math.min(1, (solution.soluteNm3 + loss) / gain) : 0;
  const leastNm3 = sphereVolumeNm3(spec.leastDiameterNm);
  const grains: Grain[] = [];
  let soluteNm3 = solution.soluteNm3;
  solution.grains.forEach((grain, i) => {
    const change = wanted[i] > 0 ? wanted[i] * share : Math.max(wanted[i], -grain.volumeNm3);
    const volume = grain.volumeNm3 + change;
    const dissolves = volume < leastNm3;
    soluteNm3 += dissolves ? grain.volumeNm3 : -change;
    if (!dissolves)
      grains.push({ ...resized(grain, volume), appetiteNm3: Math.max(0, grain.appetiteNm3 - Math.max(0, change)) });
  });
  return { grains, soluteNm3: Math.max(0, soluteNm3) };
}

/** What a grain would take up, nm3/s; negative when it dissolves. */
function wantedNm3(grain: Grain, soluteNm3: number, spec: RipeningSpec): number {
  if (grain.appetiteNm3 > 0 && spec.nucleation !== null) {
    return Math.max(grain.appetiteNm3, grain.volumeNm3) / spec.nucleation.growthS;
  }
  const radius = equivalentDiameterNm(grain.volumeNm3) / 2;
  return 4 * Math.PI * spec.ripeningNm3PerS * ((radius * soluteNm3) / spec.soluteCapacityNm4 - 1);
}

/** Volume of the sphere of a diameter. */
export function sphereVolumeNm3(diameterNm: number): number {
  return (Math.PI / 6) * diameterNm * diameterNm * diameterNm;
}
