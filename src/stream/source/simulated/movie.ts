/**
 * A movie: the same field of view, frame after frame, without end.
 *
 * @module
 */
import { Camera, type SimulatedFrame } from "./camera.js";
import { checkSeed } from "./check.js";
import { checkMovie } from "./movie-check.js";
import type { MovieSpec } from "./movie-spec.js";
import { Population } from "./population.js";

export interface Movie {
  /** The next frame, of the state at {@link timeS}; time then goes on by one frame interval. */
  next(): SimulatedFrame;
  /** Simulated time of the next frame, s. */
  readonly timeS: number;
}

/**
 * A movie of a specification. The same specification and seed (a whole number 0..2^53 - 1) give the same frames on every machine.
 *
 * Raises SceneSpecError for a specification or seed that makes no sense and for particles that do not fit.
 */
export function createMovie(spec: MovieSpec, seed: number): Movie {
  checkMovie(spec);
  checkSeed(seed);
  const population = new Population(spec, seed);
  const camera = new Camera(spec.scene, seed);
  let frames = 0;
  return {
    next() {
      if (frames > 0) population.advance(spec.frameIntervalS);
      frames += 1;
      return camera.expose(population.grains);
    },
    get timeS() {
      return frames * spec.frameIntervalS;
    },
  };
}
