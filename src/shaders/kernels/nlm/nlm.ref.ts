/**
 * Non-local means as plainly as it can be written: what every faster version is compared with.
 *
 * @module
 */
import type { GreyImage } from "../../../stream/base/frame.js";
import { reflect101 } from "../reflect.js";
import { LEAST_WEIGHT, nlmExponent, nlmWeights, PATCH_RADIUS_PX, SEARCH_RADIUS_PX, TABLE_SHIFT } from "./weights.js";

const HALO_PX = SEARCH_RADIUS_PX + PATCH_RADIUS_PX;

/** A frame with its reflected border, in float64. */
interface PaddedImage {
  readonly stridePx: number;
  readonly levels: Float64Array;
}

function padded({ widthPx, heightPx, levels }: GreyImage): PaddedImage {
  const stridePx = widthPx + 2 * HALO_PX;
  const result = new Float64Array(stridePx * (heightPx + 2 * HALO_PX));
  for (let i = 0; i < result.length; i += 1) {
    const x = reflect101((i % stridePx) - HALO_PX, widthPx);
    const y = reflect101(Math.floor(i / stridePx) - HALO_PX, heightPx);
    result[i] = levels[y * widthPx + x] ?? Number.NaN;
  }
  return { stridePx, levels: result };
}

/** Sum of the 49 squared differences of the patches around two indices. */
function patchSsd({ levels, stridePx }: PaddedImage, p: number, q: number): number {
  let sum = 0;
  for (let y = -PATCH_RADIUS_PX; y <= PATCH_RADIUS_PX; y += 1) {
    for (let x = -PATCH_RADIUS_PX; x <= PATCH_RADIUS_PX; x += 1) {
      const at = y * stridePx + x;
      sum += ((levels[p + at] ?? Number.NaN) - (levels[q + at] ?? Number.NaN)) ** 2;
    }
  }
  return sum;
}

/** Weighted sum and sum of weights over the search window around index `p`. */
function weightedSums(image: PaddedImage, p: number, weightOf: (ssd: number) => number) {
  let estimate = 0;
  let weights = 0;
  for (let y = -SEARCH_RADIUS_PX; y <= SEARCH_RADIUS_PX; y += 1) {
    for (let x = -SEARCH_RADIUS_PX; x <= SEARCH_RADIUS_PX; x += 1) {
      const q = p + y * image.stridePx + x;
      const weight = weightOf(patchSsd(image, p, q));
      weights += weight;
      estimate += weight * (image.levels[q] ?? Number.NaN);
    }
  }
  return { estimate, weights };
}

/** The weight of a sum of squared differences: from the integer table for 8 bits, in float64 otherwise. */
function weightFunction(image: GreyImage, h: number): (ssd: number) => number {
  if (image.levels instanceof Uint8Array) {
    const table = nlmWeights(h);
    return (ssd) => table[ssd >> TABLE_SHIFT] ?? 0;
  }
  const exponent = nlmExponent(h);
  return (ssd) => {
    const weight = Math.exp(ssd * exponent);
    return weight < LEAST_WEIGHT ? 0 : weight;
  };
}

/** Filters one frame: 8-bit frames in integers, exactly as OpenCV does; others in float64. O(21,609) a pixel. */
export function nlmReference(image: GreyImage, h: number): GreyImage {
  const { widthPx, heightPx } = image;
  const isInteger = image.levels instanceof Uint8Array;
  const source = padded(image);
  const weightOf = weightFunction(image, h);
  const levels = isInteger ? new Uint8Array(image.levels.length) : new Float32Array(image.levels.length);
  for (let i = 0; i < levels.length; i += 1) {
    const p = (Math.floor(i / widthPx) + HALO_PX) * source.stridePx + (i % widthPx) + HALO_PX;
    const { estimate, weights } = weightedSums(source, p, weightOf);
    levels[i] = isInteger ? Math.floor((estimate + Math.floor(weights / 2)) / weights) : estimate / weights;
  }
  return { widthPx, heightPx, levels };
}
