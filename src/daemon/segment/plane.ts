/**
 * Floating-point images, and the two ways segmenters look at coarse structure: shrunk and blurred.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";

/** An image to compute with: row-major, `widthPx * heightPx` finite values. */
export interface Plane {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly values: Float32Array;
}

/** The grey levels of an image as they are; float images are shared, not copied. */
export function planeOf({ widthPx, heightPx, levels }: GreyImage): Plane {
  return { widthPx, heightPx, values: levels instanceof Float32Array ? levels : Float32Array.from(levels) };
}

/** Means over blocks of `factor` x `factor` px; rows and columns short of a whole block are left out, and an edge shorter than one block is one block. */
export function shrunk({ widthPx, heightPx, levels }: GreyImage, factor: number): Plane {
  const blockX = Math.min(factor, widthPx);
  const blockY = Math.min(factor, heightPx);
  const columns = Math.floor(widthPx / blockX);
  const rows = Math.floor(heightPx / blockY);
  const values = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let y = row * blockY; y < (row + 1) * blockY; y++) {
      let at = y * widthPx;
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (const end = at + blockX; at < end; at++) sum += levels[at];
        values[row * columns + column] += sum;
      }
    }
  }
  const share = 1 / (blockX * blockY);
  for (let i = 0; i < values.length; i++) values[i] *= share;
  return { widthPx: columns, heightPx: rows, values };
}

/**
 * Blurs by three passes of a mean filter, which is close to a Gaussian and costs the same for every width (Wells 1986). Filters have whole
 * widths, so that the standard deviation is the nearest of 1.4, 2.4, 3.5, 4.5, ... px. At the edges the mean is over what the frame has.
 */
export function blurred(plane: Plane, sigmaPx: number): Plane {
  const radiusPx = boxRadiusPx(sigmaPx);
  let values = plane.values;
  for (let pass = 0; pass < 3; pass++) {
    values = meanAlongColumns(meanAlongRows({ ...plane, values }, radiusPx), radiusPx).values;
  }
  return { ...plane, values };
}

/** Radius of the mean filter, three passes of which come nearest to a Gaussian: three boxes of 2 r + 1 px have the variance (2 r + 1)^2 / 4 - 1/4. */
export function boxRadiusPx(sigmaPx: number): number {
  return Math.max(1, Math.round((Math.sqrt(4 * sigmaPx * sigmaPx + 1) - 1) / 2));
}

/** `1 / n` for the pixels of a mean filter that lie inside the frame, at each position along an edge. */
function sharesAlong(lengthPx: number, radiusPx: number): Float64Array {
  return Float64Array.from(
    { length: lengthPx },
    (_, i) => 1 / (Math.min(lengthPx - 1, i + radiusPx) - Math.max(0, i - radiusPx) + 1),
  );
}

function meanAlongRows({ widthPx, heightPx, values }: Plane, radiusPx: number): Plane {
  const means = new Float32Array(values.length);
  const shares = sharesAlong(widthPx, radiusPx);
  for (let y = 0; y < heightPx; y++) {
    const row = y * widthPx;
    let sum = 0;
    for (let x = 0; x < Math.min(radiusPx, widthPx); x++) sum += values[row + x];
    for (let x = 0; x < widthPx; x++) {
      if (x + radiusPx < widthPx) sum += values[row + x + radiusPx];
      if (x > radiusPx) sum -= values[row + x - radiusPx - 1];
      means[row + x] = sum * shares[x];
    }
  }
  return { widthPx, heightPx, values: means };
}

/** Row by row with a sum for each column, which reads memory in order. */
function meanAlongColumns({ widthPx, heightPx, values }: Plane, radiusPx: number): Plane {
  const means = new Float32Array(values.length);
  const shares = sharesAlong(heightPx, radiusPx);
  const sums = new Float64Array(widthPx);
  for (let i = 0; i < Math.min(radiusPx, heightPx) * widthPx; i++) sums[i % widthPx] += values[i];
  for (let y = 0; y < heightPx; y++) {
    const entering = (y + radiusPx) * widthPx;
    const leaving = (y - radiusPx - 1) * widthPx;
    if (y + radiusPx < heightPx) for (let x = 0; x < widthPx; x++) sums[x] += values[entering + x];
    if (y > radiusPx) for (let x = 0; x < widthPx; x++) sums[x] -= values[leaving + x];
    for (let x = 0; x < widthPx; x++) means[y * widthPx + x] = sums[x] * shares[y];
  }
  return { widthPx, heightPx, values: means };
}

/** `a - b`, pixel by pixel. */
export function difference(a: Plane, b: Plane): Plane {
  const values = new Float32Array(a.values.length);
  for (let i = 0; i < values.length; i++) values[i] = a.values[i] - b.values[i];
  return { ...a, values };
}

/** Mean and standard deviation. */
export interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

export function momentsOf(values: Float32Array): Moments {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) * (values[i] - mean);
  return { mean, deviation: Math.sqrt(squares / values.length) };
}
