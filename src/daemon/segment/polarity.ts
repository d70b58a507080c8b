/**
 * Whether the particles of a frame are brighter or darker than what surrounds them.
 *
 * @module
 */
import type { LevelKernels } from "../../shaders/cpu/level-kernels.js";
import type { GreyImage } from "../../stream/base/frame.js";
import type { Polarity } from "../../stream/base/settings.js";
import { blurred, boxRadiusPx, difference, momentsOf, type Plane, shrunk } from "./plane.js";

/** Least skewness that says anything; below it the frame is taken for HAADF. */
const LEAST_SKEWNESS = 0.05;

/** Standard deviations of the two Gaussians that particles lie between, px of the overview. */
const FINE_PX = 1.4;
const COARSE_PX = 8;

/**
 * A frame shrunk by a whole factor until its longer edge has 128 px, or by 8 where that is less: noise averages out, particles stay.
 */
export function overviewOf(image: GreyImage): Plane {
  return shrunk(image, overviewFactor(image));
}

function overviewFactor({ widthPx, heightPx }: GreyImage): number {
  return Math.min(8, Math.ceil(Math.max(widthPx, heightPx) / 128));
}

/**
 * What `auto` means for this frame; `bright` and `dark` are returned as they are.
 *
 * Particles are compact and cover the lesser part of the frame, so between the scale of noise and lattice fringes and that of supports and
 * uneven illumination, the intensity has a long tail on their side: the sign of the skewness of the band-passed overview.
 */
export function particlePolarity(
  image: GreyImage,
  polarity: Polarity,
  kernels: Pick<LevelKernels, "bandSkewness"> | null = null,
): "bright" | "dark" {
  if (polarity !== "auto") return polarity;
  return skewnessOf(image, kernels) < -LEAST_SKEWNESS ? "dark" : "bright";
}

/** The skewness that decides; kernels compute the same bits faster. */
export function skewnessOf(image: GreyImage, kernels: Pick<LevelKernels, "bandSkewness"> | null): number {
  const { levels } = image;
  if (kernels === null || !(levels instanceof Uint8Array)) return bandSkewness(overviewOf(image));
  const band = {
    factor: overviewFactor(image),
    fineRadiusPx: boxRadiusPx(FINE_PX),
    coarseRadiusPx: boxRadiusPx(COARSE_PX),
  };
  return kernels.bandSkewness({ ...image, levels }, band);
}

/** Skewness of what lies between two Gaussians; 0 where that is flat. */
function bandSkewness(overview: Plane): number {
  const fine = blurred(overview, FINE_PX);
  const coarse = blurred(overview, COARSE_PX);
  const band = difference(fine, coarse).values;
  const { mean, deviation } = momentsOf(band);
  if (deviation < 1e-3) return 0;
  let cubes = 0;
  for (let i = 0; i < band.length; i++) {
    const excess = (band[i] - mean) / deviation;
    cubes += excess * excess * excess;
  }
  return cubes / band.length;
}
