/**
 * Limits that protect memory. Each is checked against a header, before anything is allocated.
 *
 * @module
 */

export const LIMITS = {
  /** Longest edge of a frame, px. Detectors reach 8,192; stitched maps 16,384. */
  frameEdgePx: 16_384,
  /** Most pixels in a frame. 64 Mpx is 256 MB as float32, of which a few copies must fit into memory. */
  framePixels: 67_108_864,
  /** Largest image file, bytes. A page of it still obeys `framePixels`. */
  fileBytes: 8_589_934_592,
  /** Most pages taken from one file. */
  pagesPerFile: 1_000_000,
  /** Most particles reported for a frame; at 20,000 a 4,096 px frame is full. */
  particlesPerFrame: 20_000,
} as const;
