/**
 * Whether the particles of a frame are brighter or darker than what surrounds them.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";
import type { Polarity } from "../../stream/base/settings.js";
import { blurred, difference, momentsOf, type Plane, shrunk } from "./plane.js";

/** Least skewness that says anything; below it the frame is taken for HAADF. */
const LEAST_SKEWNESS = 0.05;

/**
 * A frame shrunk by a whole factor until its longer edge has 128 px, or by 8 where that is less: noise averages out, particles stay.
 */
export function overviewOf(image: GreyImage): Plane {
  return shrunk(image, Math.min(8, Math.ceil(Math.max(image.widthPx, image.heightPx) / 128)));
}

/**
 * What `auto` means for this frame; `bright` and `dark` are returned as they are.
 *
 * Particles are compact and cover the lesser part of the frame, so between the scale of noise and lattice fringes and that of supports and
 * uneven illumination, the intensity has a long tail on their side: the sign of the skewness of the band-passed overview.
 */
export function particlePolarity(image: GreyImage, polarity: Polarity): "bright" | "dark" {
  if (polarity !== "auto") return polarity;
  return bandSkewness(overviewOf(image)) < -LEAST_SKEWNESS ? "dark" : "bright";
}

/** Skewness of what lies between two Gaussians of 1.4 and 8 px; 0 where that is flat. */
export function bandSkewness(overview: Plane): number {
  const fine = blurred(overview, 1.4);
  const coarse = blurred(overview, 8);
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
