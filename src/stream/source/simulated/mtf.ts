/**
 * The detector's point spread: a separable Gaussian, mirrored at the border.
 *
 * @module
 */
import { exp } from "./portable-math.js";

/** Weights of one axis, an odd number of them, sum 1; a single 1 where `sigmaPx` is 0. Cut at 4 sigma. */
export function mtfKernel(sigmaPx: number): Float64Array {
  if (sigmaPx === 0) return Float64Array.of(1);
  const reach = Math.ceil(4 * sigmaPx);
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const distance = (i - reach) / sigmaPx;
    return exp(-0.5 * distance * distance);
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** An image in one channel, row-major. */
export interface Raster {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly values: Float32Array;
}

/** Blurs `raster` in place along both axes; `scratch` has the same length and is overwritten. */
export function spread(raster: Raster, kernel: Float64Array, scratch: Float32Array): void {
  const { widthPx, heightPx, values } = raster;
  for (let y = 0; y < heightPx; y += 1) {
    blurLine(values, scratch, { start: y * widthPx, stride: 1, length: widthPx }, kernel);
  }
  for (let x = 0; x < widthPx; x += 1) {
    blurLine(scratch, values, { start: x, stride: widthPx, length: heightPx }, kernel);
  }
}

interface Line {
  readonly start: number;
  readonly stride: number;
  readonly length: number;
}

function blurLine(from: Float32Array, to: Float32Array, line: Line, kernel: Float64Array): void {
  const { start, stride, length } = line;
  const reach = (kernel.length - 1) / 2;
  for (let i = 0; i < length; i += 1) {
    let sum = 0;
    for (let k = 0; k < kernel.length; k += 1) {
      sum += kernel[k] * from[start + mirrored(i + k - reach, length) * stride];
    }
    to[start + i * stride] = sum;
  }
}

/** The index that `index` is the mirror image of; the border pixel itself is not repeated. */
function mirrored(index: number, length: number): number {
  if (index >= 0 && index < length) return index;
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = ((index % period) + period) % period;
  return folded < length ? folded : period - folded;
}
