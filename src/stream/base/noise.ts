/**
 * The noise of a frame: what is measured, and what is said about it.
 *
 * @module
 */

/**
 * A few numbers of each of many small blocks of a frame, on the grey scale, one value a block in each column. `L` is the second difference along
 * both axes, `[1 -2 1] x [1 -2 1]`.
 */
export interface NoiseBlocks {
  /** Mean level. */
  readonly level: Float32Array;
  /** Mean of `|L|`. */
  readonly roughness: Float32Array;
  /** Mean of `L * L`. */
  readonly square: Float32Array;
  /** Variance of the means of the four quarters: large where the picture has an edge or a slope. */
  readonly structure: Float32Array;
  /** Pixels at or beyond the ends of the grey scale. */
  readonly clipped: Float32Array;
}

/** The noise of a frame in its own intensities, whatever grey scale it is shown on. */
export interface FrameNoise {
  /** Standard deviation where the frame is smooth, which is its background. */
  readonly sigma: number;
  /**
   * Noise that grows with the signal: `variance = gain * intensity + offset`. Both are `null` where the intensities of the frame lie too close
   * together to tell noise of the signal from noise of the detector.
   */
  readonly gain: number | null;
  readonly offset: number | null;
}
