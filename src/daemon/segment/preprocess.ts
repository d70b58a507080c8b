/**
 * From a frame to what the model was trained to see: particles of a size it knows, bright, tile by tile at unit contrast.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";
import type { ModelManifest } from "./manifest.js";
import { momentsOf, type Plane, planeOf } from "./plane.js";
import { resampled } from "./resample.js";
import type { TileOrigin } from "./tiles.js";

/** A frame made ready to be cut into tiles. */
export interface PreparedFrame {
  /** Grey levels; `scaleX` by `scaleY` times the frame's size. */
  readonly plane: Plane;
  /** Standard deviation of its levels. */
  readonly deviation: number;
  readonly scaleX: number;
  readonly scaleY: number;
}

/** A tile's deviation counts as at least this share of the frame's: one with nothing but vacuum must not be stretched until its noise is specks. */
const LEAST_DEVIATION = 0.3;

/** Scales a frame, and inverts it where its particles are dark and the model knows bright ones. */
export function prepared(image: GreyImage, zoom: number, isInverted: boolean): PreparedFrame {
  const widthPx = Math.max(1, Math.round(image.widthPx * zoom));
  const heightPx = Math.max(1, Math.round(image.heightPx * zoom));
  const scaled = resampled(planeOf(image), widthPx, heightPx);
  return {
    plane: isInverted ? { ...scaled, values: scaled.values.map((value) => 255 - value) } : scaled,
    deviation: momentsOf(scaled.values).deviation,
    scaleX: widthPx / image.widthPx,
    scaleY: heightPx / image.heightPx,
  };
}

/**
 * One tile as the model's input.
 *
 * What lies outside the frame gets the tile's median, which is its background: a flat surround in which nothing is found.
 */
export function modelInput(
  { plane, deviation }: Pick<PreparedFrame, "plane" | "deviation">,
  origin: TileOrigin,
  { input }: ModelManifest,
): Float32Array {
  const [rows, columns] = input.shape.slice(-2).map(Number);
  const inside = cut(plane, origin, rows, columns);
  const normalised = inside.values.map(normalisation(inside.values, deviation, input.values));
  if (normalised.length === rows * columns) return normalised;
  const padded = new Float32Array(rows * columns).fill(medianOf(normalised));
  for (let row = 0; row < inside.heightPx; row++) {
    const from = row * inside.widthPx;
    padded.set(normalised.subarray(from, from + inside.widthPx), row * columns);
  }
  return padded;
}

function normalisation(
  values: Float32Array,
  frameDeviation: number,
  rule: ModelManifest["input"]["values"],
): (value: number) => number {
  if (rule.kind === "grey-levels") return (value) => (Math.max(0, Math.min(255, value)) * rule.white) / 255;
  const { mean, deviation: tileDeviation } = momentsOf(values);
  const deviation = Math.max(tileDeviation, LEAST_DEVIATION * frameDeviation) + 1e-6;
  return (value) => Math.max(-rule.clip, Math.min(rule.clip, (value - mean) / deviation));
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
