/**
 * A recognised particle before it is measured: what every segmenter gives and every measurement takes.
 *
 * @module
 */

/**
 * The mask of one particle as a field over a window of the frame: the particle is where the field is >= 0.5, and its contour is
 * the 0.5 iso-line of the bilinear interpolation between pixel centres, which gives sub-pixel sizes.
 *
 * For Mask R-CNN the field is the probability; for threshold it is the intensity around the threshold, scaled.
 * Outside the window the field is 0; inside it is finite, 0..1.
 */
export interface MaskField {
  /** Column and row of the window's first pixel in the frame. The window lies within the frame. */
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Row-major, `widthPx * heightPx`, one value a frame pixel, at its centre. */
  readonly values: Float32Array;
}

/** One recognised particle. */
export interface Detection {
  readonly mask: MaskField;
  /** 0..1. */
  readonly score: number;
}
