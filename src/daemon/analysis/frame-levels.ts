/**
 * The levels of a frame at full size, as bytes, cut to what one message holds.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";

/** Longest edge of the part that is cut out, px. */
export const LEVELS_EDGE_PX = 2_048;

/** The middle of a frame, or all of it. */
export interface FrameLevels {
  readonly leftPx: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** The frame is not 8-bit, and its levels were rounded. */
  readonly isRounded: boolean;
  /** Row-major, `widthPx * heightPx`. */
  readonly rawLevels: Uint8Array;
  readonly filteredLevels: Uint8Array;
}

/** Cuts the same part out of a frame before and after its filter. Float levels are clipped to 0..255 and rounded. */
export function frameLevels(raw: GreyImage, filtered: GreyImage, edgePx = LEVELS_EDGE_PX): FrameLevels {
  const widthPx = Math.min(raw.widthPx, edgePx);
  const heightPx = Math.min(raw.heightPx, edgePx);
  const leftPx = Math.floor((raw.widthPx - widthPx) / 2);
  const topPx = Math.floor((raw.heightPx - heightPx) / 2);
  const part = { leftPx, topPx, widthPx, heightPx };
  return {
    ...part,
    isRounded: !(raw.levels instanceof Uint8Array),
    rawLevels: cut(raw, part),
    filteredLevels: cut(filtered, part),
  };
}

function cut(
  image: GreyImage,
  { leftPx, topPx, widthPx, heightPx }: Pick<FrameLevels, "leftPx" | "topPx" | "widthPx" | "heightPx">,
): Uint8Array {
  const target = new Uint8Array(widthPx * heightPx);
  for (let row = 0; row < heightPx; row++) {
    const from = (topPx + row) * image.widthPx + leftPx;
    const levels = image.levels.subarray(from, from + widthPx);
    if (levels instanceof Uint8Array) target.set(levels, row * widthPx);
    else target.set(levels.map(rounded), row * widthPx);
  }
  return target;
}

function rounded(level: number): number {
  return Math.floor(Math.min(255, Math.max(0, level)) + 0.5);
}
