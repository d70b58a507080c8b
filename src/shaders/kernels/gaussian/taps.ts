/**
 * Gaussian blur: the numbers of its arithmetic, for every place that computes it.
 *
 * @module
 */

/** The kernel of a blur. */
export interface GaussianShape {
  /** Edge of the kernel, px, odd, 1..31. */
  readonly kernelPx: number;
  /** Standard deviation, px, > 0. */
  readonly sigmaPx: number;
}

/** `exp(-x^2 / 2 sigma^2)` at the `kernelPx` integers around 0, of sum 1. */
export function gaussianTaps({ kernelPx, sigmaPx }: GaussianShape): Float64Array {
  const centre = (kernelPx - 1) / 2;
  const taps = Float64Array.from({ length: kernelPx }, (_, i) =>
    Math.exp(-((i - centre) ** 2) / (2 * sigmaPx * sigmaPx)),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/**
 * The taps as integers of sum 256: each side is rounded with the error of the tap before carried on, the centre takes the rest
 * (`getGaussianKernelFixedPoint_ED` of OpenCV).
 */
export function quantisedGaussianTaps(shape: GaussianShape): Uint16Array {
  const exact = gaussianTaps(shape);
  const centre = (shape.kernelPx - 1) / 2;
  const taps = new Uint16Array(shape.kernelPx);
  let carried = 0;
  let side = 0;
  for (let i = 0; i < centre; i += 1) {
    const wanted = (exact[i] ?? 0) * 256 + carried;
    const tap = Math.round(wanted);
    carried = wanted - tap;
    side += tap;
    taps[i] = tap;
    taps[shape.kernelPx - 1 - i] = tap;
  }
  taps[centre] = 256 - 2 * side;
  return taps;
}
