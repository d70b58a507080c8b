/**
 * The frame that every run sends: particles as in the simulated liquid cell.
 *
 * @module
 */
import type { Frame } from "../../src/stream/base/frame.ts";
import { defineScene } from "../../src/stream/source/simulated/scene-check.ts";
import { DEFAULT_SCENE } from "../../src/stream/source/simulated/scene-spec.ts";
import { simulateFrame } from "../../src/stream/source/simulated/simulate-frame.ts";

/** A frame of 8 bits; below 128 px there is no room for a scene, and it is a flat one with a square on it. */
export function sampleFrame(edgePx: number): Frame {
  if (edgePx >= 128) {
    const scene = defineScene({ ...DEFAULT_SCENE, widthPx: edgePx, heightPx: edgePx });
    return simulateFrame(scene, 0).frame;
  }
  const pixels = Uint8Array.from({ length: edgePx * edgePx }, (_, i) => {
    const isIn = (at: number) => at > edgePx / 4 && at < (3 * edgePx) / 4;
    return isIn(i % edgePx) && isIn(Math.floor(i / edgePx)) ? 200 : 40;
  });
  return { widthPx: edgePx, heightPx: edgePx, pixels, pixelSizeNm: null, acquiredAtMs: null };
}
