/**
 * From a frame to what the model was trained to see: bright particles on a level background, tile by tile at unit contrast.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";
import type { Polarity } from "../../stream/base/settings.js";
import type { ModelManifest } from "./manifest.js";
import { blurred, difference, momentsOf, type Plane, planeOf } from "./plane.js";
import { particlePolarity } from "./polarity.js";
import { resampled } from "./resample.js";
import { hasUnevenSupport } from "./support.js";
import type { TileOrigin } from "./tiles.js";

/** A frame made ready to be cut into tiles. */
export interface PreparedFrame {
  /** Particles are bright; `scaleX` by `scaleY` times the frame's size. */
  readonly plane: Plane;
  readonly scaleX: number;
  readonly scaleY: number;
}

/** Most that a frame is enlarged: beyond, nothing is gained. */
const LARGEST_SCALE = 2;

/**
 * Inverts frames of dark particles and shrinks the largest. On an uneven support, scales the frame to a size at which such particles are as large
 * as those the model was trained on, and subtracts the support: what a wide Gaussian leaves of the frame.
 */
export function prepared(image: GreyImage, polarity: Polarity, manifest: ModelManifest): PreparedFrame {
  const isUneven = hasUnevenSupport(image);
  const longest = Math.max(image.widthPx, image.heightPx);
  const scale = isUneven
    ? Math.min(LARGEST_SCALE, manifest.unevenSupport.longestEdgePx / longest)
    : Math.min(1, manifest.tiles.longestEdgePx / longest);
  const widthPx = Math.max(1, Math.round(image.widthPx * scale));
  const heightPx = Math.max(1, Math.round(image.heightPx * scale));
  const scaled = resampled(planeOf(image), widthPx, heightPx);
  const level = isUneven ? difference(scaled, blurred(scaled, manifest.unevenSupport.backgroundSigmaPx)) : scaled;
  const isDark = particlePolarity(image, polarity) === "dark";
  return {
    plane: isDark ? { ...level, values: level.values.map((value) => -value) } : level,
    scaleX: widthPx / image.widthPx,
    scaleY: heightPx / image.heightPx,
  };
}

/**
 * One tile as the model's input: `(value - mean) / deviation` over the part inside the frame, clipped.
 *
 * What lies outside the frame gets the tile's median, which is its background: a flat surround in which nothing is found.
 */
export function modelInput(plane: Plane, origin: TileOrigin, { input }: ModelManifest): Float32Array {
  const [, , rows, columns] = input.shape;
  const inside = cut(plane, origin, rows, columns);
  const { mean, deviation } = momentsOf(inside.values);
  const { clip } = input.normalisation;
  const normalise = (value: number) => Math.max(-clip, Math.min(clip, (value - mean) / (deviation + 1e-6)));
  const normalised = inside.values.map(normalise);
  if (normalised.length === rows * columns) return normalised;
  const padded = new Float32Array(rows * columns).fill(medianOf(normalised));
  for (let row = 0; row < inside.heightPx; row++) {
    const from = row * inside.widthPx;
    padded.set(normalised.subarray(from, from + inside.widthPx), row * columns);
  }
  return padded;
}

/** The part of a tile that lies inside the frame. */
function cut(plane: Plane, { xPx, yPx }: TileOrigin, rows: number, columns: number): Plane {
  const widthPx = Math.min(columns, plane.widthPx - xPx);
  const heightPx = Math.min(rows, plane.heightPx - yPx);
  const values = new Float32Array(widthPx * heightPx);
  for (let row = 0; row < heightPx; row++) {
    const from = (yPx + row) * plane.widthPx + xPx;
    values.set(plane.values.subarray(from, from + widthPx), row * widthPx);
  }
  return { widthPx, heightPx, values };
}

function medianOf(values: Float32Array): number {
  return values.toSorted()[Math.floor(values.length / 2)];
}
