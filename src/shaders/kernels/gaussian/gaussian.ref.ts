/**
 * Gaussian blur as plainly as it can be written: what every faster version is compared with.
 *
 * @module
 */
import type { GreyImage } from "../../../stream/base/frame.js";
import { reflect101 } from "../reflect.js";
import { type GaussianShape, gaussianTaps, quantisedGaussianTaps } from "./taps.js";

/** The frame weighted by the outer product of the taps, one direction after the other, unrounded. */
function blurred({ widthPx, heightPx, levels }: GreyImage, taps: ArrayLike<number>): Float64Array {
  const reach = (taps.length - 1) / 2;
  const sum = (at: (offset: number) => number) =>
    Array.from(taps).reduce((total, tap, i) => total + tap * at(i - reach), 0);
  const along = Float64Array.from(levels, (_, i) => {
    const [x, row] = [i % widthPx, i - (i % widthPx)];
    return sum((offset) => levels[row + reflect101(x + offset, widthPx)] ?? Number.NaN);
  });
  return along.map((_, i) => {
    const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
    return sum((offset) => along[reflect101(y + offset, heightPx) * widthPx + x] ?? Number.NaN);
  });
}

/** Filters one frame: 8-bit frames in integers, exactly as OpenCV does; others in float64. */
export function gaussianReference(image: GreyImage, shape: GaussianShape): GreyImage {
  const { widthPx, heightPx } = image;
  if (image.levels instanceof Uint8Array) {
    const sums = blurred(image, quantisedGaussianTaps(shape));
    return { widthPx, heightPx, levels: Uint8Array.from(sums, (sum) => Math.floor((sum + 32768) / 65536)) };
  }
  return { widthPx, heightPx, levels: Float32Array.from(blurred(image, gaussianTaps(shape))) };
}
