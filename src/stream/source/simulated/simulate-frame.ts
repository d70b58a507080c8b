/**
 * One frame of the simulated microscope.
 *
 * @module
 */
import { Camera, type SimulatedFrame } from "./camera.js";
import { checkSeed } from "./check.js";
import { placeParticles } from "./placement.js";
import { checkScene } from "./scene-check.js";
import type { SceneSpec } from "./scene-spec.js";

/**
 * A frame of a scene and what is in it. The same scene and seed give the same bytes on every machine.
 *
 * `seed` is a whole number 0..2^53 - 1. Raises SceneSpecError for a scene or seed that makes no sense and for particles that
 * do not fit.
 */
export function simulateFrame(spec: SceneSpec, seed: number): SimulatedFrame {
  checkScene(spec);
  checkSeed(seed);
  return new Camera(spec, seed).expose(placeParticles(spec, seed));
}
