/**
 * How often each grey level occurs, by the fastest way there is.
 *
 * @module
 */
import type { LevelKernels } from "../../shaders/cpu/level-kernels.js";
import type { GreyImage } from "../../stream/base/frame.js";
import { intensityHistogram } from "../analysis/intensity.js";

/** Counts of the levels 0..255, as {@link intensityHistogram} gives them. */
export function levelCounts(levels: GreyImage["levels"], kernels: LevelKernels): Uint32Array {
  return levels instanceof Uint8Array ? kernels.histogram(levels) : intensityHistogram(levels);
}
