/**
 * How far a particle stands out from what surrounds it.
 *
 * @module
 */
import type { MaskField } from "../../stream/base/detection.js";
import type { GreyImage } from "../../stream/base/frame.js";

/**
 * Least contrast of a particle in a frame of whole grey levels. What differs by less is the step between two digits: in a vacuum that has
 * but two levels, JPEG's blocks look like faint particles without noise.
 */
const LEAST_DIGITAL_CONTRAST = 1.5;

/** Width of the surroundings, px. */
const RING_PX = 4;

/** Whether a particle differs from its surroundings by more than the steps of the frame's grey scale; always where levels are not digital. */
export function standsOut(mask: MaskField, image: GreyImage): boolean {
  return !(image.levels instanceof Uint8Array) || Math.abs(contrastOf(mask, image)) >= LEAST_DIGITAL_CONTRAST;
}

/** Mean grey level of the particle less that of its window and {@link RING_PX} around it, grey levels; 0 where there is nothing around it. */
export function contrastOf(mask: MaskField, { widthPx, heightPx, levels }: GreyImage): number {
  const sums = { inside: 0, insideCount: 0, around: 0, aroundCount: 0 };
  const bottom = Math.min(heightPx, mask.yPx + mask.heightPx + RING_PX);
  const right = Math.min(widthPx, mask.xPx + mask.widthPx + RING_PX);
  for (let y = Math.max(0, mask.yPx - RING_PX); y < bottom; y++) {
    const row = (y - mask.yPx) * mask.widthPx - mask.xPx;
    const isRow = y >= mask.yPx && y < mask.yPx + mask.heightPx;
    for (let x = Math.max(0, mask.xPx - RING_PX); x < right; x++) {
      const isInWindow = isRow && x >= mask.xPx && x < mask.xPx + mask.widthPx;
      const level = levels[y * widthPx + x];
      if (isInWindow && mask.values[row + x] >= 0.5) {
        sums.inside += level;
        sums.insideCount += 1;
      } else {
        sums.around += level;
        sums.aroundCount += 1;
      }
    }
  }
  if (sums.insideCount === 0 || sums.aroundCount === 0) return 0;
  return sums.inside / sums.insideCount - sums.around / sums.aroundCount;
}
