/**
 * Noise over time: steady while the microscope is, at once another when the dose is.
 *
 * @module
 */

/** Frames that the noise is averaged over. */
export const STEADY_FRAMES = 15;

/** A frame whose noise differs from that before it by more than this part is another dose, not chance: chance is 2 %. */
const ANOTHER_DOSE = 0.15;

/** The noise to filter a frame with: its own, averaged with that of the frames before it where they are alike. */
export function steadySigma(own: number, before: number | null): number {
  if (before === null || Math.abs(own - before) > ANOTHER_DOSE * before) return own;
  return (own + STEADY_FRAMES * before) / (STEADY_FRAMES + 1);
}
