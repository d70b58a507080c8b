/**
 * The frames of the fault bench: small, so that what happens around the analysis takes longer than it, and each with particles of its own.
 *
 * @module
 */
import { DEFAULT_SIMULATE, sceneFrom } from "../../../src/daemon/cli/simulate/options.js";
import { encodeTiff } from "../../../src/stream/source/simulated/encode-tiff.js";
import { simulateFrame } from "../../../src/stream/source/simulated/simulate-frame.js";

export const IMAGE_COUNT = 24;

const SCENE = sceneFrom({ ...DEFAULT_SIMULATE, particles: 6, edgePx: 96, fieldOfViewNm: 192, sizeNm: 20 });

/** {@link IMAGE_COUNT} different TIFF files, the same each time. */
export function smallImages(): readonly Uint8Array[] {
  return Array.from({ length: IMAGE_COUNT }, (_, index) => encodeTiff(simulateFrame(SCENE, index + 1).frame));
}
