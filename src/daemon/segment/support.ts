/**
 * Whether particles lie on an even background (a liquid, a window) or on an uneven one (supported catalysts, thick carbon).
 *
 * @module
 */

import type { GreyImage } from "../../stream/base/frame.js";
import { intensityHistogram } from "../analysis/intensity.js";
import { otsuThreshold } from "./otsu.js";
import { blurred, difference, momentsOf, type Plane } from "./plane.js";
import { overviewOf } from "./polarity.js";

/** Share of the overview's longer edge below which structure counts as fine: about a tenth of the field of view. */
const FINE_SHARE = 0.09;

/** Coarse over fine contrast from which a background is uneven. */
const UNEVEN_RATIO = 0.65;

/** Share of the variance that two grey levels explain from which a frame is two-level: a few large particles, not a support. */
const TWO_LEVEL_SHARE = 0.85;

/**
 * A support is uneven where structure larger than a tenth of the field of view has most of the contrast, unless the frame is nearly two-level:
 * then the large structure is the particles themselves.
 */
export function hasUnevenSupport(image: GreyImage): boolean {
  const overview = overviewOf(image);
  const coarse = blurred(overview, FINE_SHARE * Math.max(overview.widthPx, overview.heightPx));
  const fine = difference(overview, coarse);
  const isCoarse = momentsOf(coarse.values).deviation > UNEVEN_RATIO * momentsOf(fine.values).deviation;
  return isCoarse && twoLevelShare(blurred(overview, 1.4)) < TWO_LEVEL_SHARE;
}

/** The largest variance between two classes over the whole variance, 0..1; 0 for one grey level. */
export function twoLevelShare(plane: Plane): number {
  const levels = stretched(plane);
  const { deviation } = momentsOf(levels);
  if (deviation === 0) return 0;
  const { threshold, contrast } = otsuThreshold(intensityHistogram(levels));
  const brightShare = levels.reduce((count, level) => count + (level >= threshold + 0.5 ? 1 : 0), 0) / levels.length;
  return Math.min(1, (brightShare * (1 - brightShare) * contrast * contrast) / (deviation * deviation));
}

/** Values on 0..255 from the least to the greatest. */
function stretched({ values }: Plane): Float32Array {
  let low = values[0];
  let high = values[0];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? 255 / (high - low) : 0;
  return values.map((value) => (value - low) * scale);
}
