/**
 * How alike an image and the truth are.
 *
 * @module
 */
import type { GreyImage } from "../src/stream/base/frame.ts";

/** Peak signal-to-noise ratio, dB, the peak being 255. */
export function psnrDb(image: GreyImage, clean: Float32Array): number {
  const squares = clean.reduce((sum, level, i) => sum + (image.levels[i] - level) ** 2, 0);
  return 10 * Math.log10((255 * 255 * clean.length) / squares);
}

const WINDOW_PX = 8;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** Structural similarity (Wang et al. 2004), the mean over windows of 8 x 8 px that overlap by half. */
export function ssim({ levels, widthPx, heightPx }: GreyImage, clean: Float32Array): number {
  let total = 0;
  let windows = 0;
  for (let top = 0; top + WINDOW_PX <= heightPx; top += WINDOW_PX / 2) {
    for (let left = 0; left + WINDOW_PX <= widthPx; left += WINDOW_PX / 2) {
      let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
      for (let y = top; y < top + WINDOW_PX; y++) {
        for (let i = y * widthPx + left; i < y * widthPx + left + WINDOW_PX; i++) {
          a += levels[i];
          b += clean[i];
          aa += levels[i] * levels[i];
          bb += clean[i] * clean[i];
          ab += levels[i] * clean[i];
        }
      }
      const n = WINDOW_PX * WINDOW_PX;
      const [meanA, meanB] = [a / n, b / n];
      const [varA, varB, cov] = [aa / n - meanA * meanA, bb / n - meanB * meanB, ab / n - meanA * meanB];
      total += ((2 * meanA * meanB + C1) * (2 * cov + C2)) / ((meanA ** 2 + meanB ** 2 + C1) * (varA + varB + C2));
      windows++;
    }
  }
  return total / windows;
}
