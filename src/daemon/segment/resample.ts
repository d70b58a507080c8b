/**
 * Scaling of images.
 *
 * @module
 */
import type { Plane } from "./plane.js";

/**
 * An image at another size: bilinear when it grows, the mean over the pixels each new one covers (a triangle filter) when it shrinks.
 *
 * Both keep the edges of the frame in place: position `x` in px becomes `x * newWidth / width`.
 */
export function resampled(plane: Plane, widthPx: number, heightPx: number): Plane {
  if (widthPx === plane.widthPx && heightPx === plane.heightPx) return plane;
  return alongColumns(alongRows(plane, widthPx), heightPx);
}

/** The inputs of one output sample and their weights, which add up to 1. */
interface Taps {
  readonly first: number;
  readonly weights: Float32Array;
}

/** Weights fall off linearly over one sample of the coarser of the two grids; what lies outside is left out. */
function tapsFor(length: number, newLength: number): readonly Taps[] {
  const scale = length / newLength;
  const reach = Math.max(1, scale);
  return Array.from({ length: newLength }, (_, i) => {
    const centre = (i + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(length - 1, Math.floor(centre + reach));
    const weights = Float32Array.from({ length: last - first + 1 }, (_, k) => 1 - Math.abs(first + k - centre) / reach);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
}

function alongRows({ widthPx, heightPx, values }: Plane, newWidthPx: number): Plane {
  const scaled = new Float32Array(newWidthPx * heightPx);
  for (const [x, { first, weights }] of tapsFor(widthPx, newWidthPx).entries()) {
    for (let y = 0; y < heightPx; y++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * values[y * widthPx + first + k];
      scaled[y * newWidthPx + x] = sum;
    }
  }
  return { widthPx: newWidthPx, heightPx, values: scaled };
}

function alongColumns({ widthPx, heightPx, values }: Plane, newHeightPx: number): Plane {
  const scaled = new Float32Array(widthPx * newHeightPx);
  for (const [y, { first, weights }] of tapsFor(heightPx, newHeightPx).entries()) {
    for (let k = 0; k < weights.length; k++) {
      const row = (first + k) * widthPx;
      for (let x = 0; x < widthPx; x++) scaled[y * widthPx + x] += weights[k] * values[row + x];
    }
  }
  return { widthPx, heightPx: newHeightPx, values: scaled };
}
