/**
 * A recognised particle before it is measured: what every segmenter gives and every measurement takes.
 *
 * @module
 */

/** The value that a mask has on the particle's contour. */
export const CONTOUR_LEVEL = 0.5;

/**
 * The mask of one particle as a field over a window of the frame: the particle is where the field is >= {@link CONTOUR_LEVEL}, and its contour is
 * the iso-line of that value of the bilinear interpolation between pixel centres, which gives sub-pixel sizes.
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

/** An upright rectangle, px; edges of pixels are at whole numbers. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** One recognised particle. */
export interface Detection {
  readonly mask: MaskField;
  /** Where the segmenter says the particle is, px of the frame: a network's own box, or the bounding box of a thresholded region. */
  readonly box: Box;
  /** 0..1. */
  readonly score: number;
}
