/**
 * The scale at which the model looks at a frame.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";
import type { ModelManifest } from "./manifest.js";
import { hasUnevenSupport } from "./support.js";

/** A frame, and the scale to look at it. */
export interface Look {
  readonly image: GreyImage;
  readonly zoom: number;
}

/** Most that a frame is enlarged: beyond, nothing is gained. */
const LARGEST_ZOOM = 2;

/** Particles from which a median says how large they are. */
const FEWEST_PARTICLES = 3;

/**
 * The scale of the first look: as it is up to the longest edge that a frame may have; on an uneven support such that its longer edge is what
 * suits particles of 1 to 15 % of the field of view.
 */
export function firstZoom(image: GreyImage, { tiles }: ModelManifest): number {
  const longest = Math.max(image.widthPx, image.heightPx);
  if (hasUnevenSupport(image)) return Math.min(LARGEST_ZOOM, tiles.unevenEdgePx / longest);
  return Math.min(1, tiles.longestEdgePx / longest);
}

/**
 * The scale of a second look, where the first has shown particles smaller or larger than the model is best with; `null` where it need not
 * look again. `diametersPx` are those found, px of the frame.
 */
export function secondZoom(
  diametersPx: readonly number[],
  { image, zoom }: Look,
  { tiles }: ModelManifest,
): number | null {
  if (diametersPx.length < FEWEST_PARTICLES) return null;
  const [least, greatest] = tiles.particlePx;
  const medianPx = diametersPx.toSorted((a, b) => a - b)[diametersPx.length >> 1];
  const seenPx = medianPx * zoom;
  if (seenPx >= least && seenPx <= greatest) return null;
  const better = Math.min(largestZoom(image, tiles.longestEdgePx), Math.sqrt(least * greatest) / medianPx);
  // A scale that hardly differs shows nothing new.
  return Math.abs(Math.log(better / zoom)) < Math.log(1.2) ? null : better;
}

/** Large frames are looked at as they are at most: enlarged, they would cost more tiles than they show. */
function largestZoom({ widthPx, heightPx }: GreyImage, longestEdgePx: number): number {
  return Math.max(1, Math.min(LARGEST_ZOOM, longestEdgePx / Math.max(widthPx, heightPx)));
}
