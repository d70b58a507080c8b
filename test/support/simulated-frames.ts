/**
 * Frames of the simulated microscope, for tests that need particles whose truth is known.
 *
 * @module
 */
import type { Frame } from "../../src/stream/base/frame.js";
import type { SimulatedFrame } from "../../src/stream/source/simulated/camera.js";
import { paperScene } from "../../src/stream/source/simulated/paper-scenes.js";
import { simulateFrame } from "../../src/stream/source/simulated/simulate-frame.js";

/** 24 spheres of 50 nm at 1 nm/px, none touching, clear of the border, without noise. */
export function noiseFreeSpheres(seed = 1): SimulatedFrame {
  return simulateFrame(paperScene("spheres-50", null), seed);
}

/** The same at the paper's lesser noise. */
export function noisySpheres(seed = 1): Frame {
  return simulateFrame(paperScene("spheres-50", 14.5497), seed).frame;
}
