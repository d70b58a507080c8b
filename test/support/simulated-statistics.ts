/**
 * Figures of simulated frames, for the tests of the simulated microscope.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { SimulatedFrame } from "../../src/stream/source/simulated/camera.js";

export interface Moments {
  readonly mean: number;
  readonly standardDeviation: number;
  /** Third central moment over the cube of the standard deviation. */
  readonly skewness: number;
}

export function momentsOf(values: ArrayLike<number>): Moments {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  const central = (power: number) => list.reduce((sum, value) => sum + (value - mean) ** power, 0) / list.length;
  const standardDeviation = Math.sqrt(central(2));
  return { mean, standardDeviation, skewness: central(3) / standardDeviation ** 3 };
}

/** The pixels that belong to no particle. */
export function backgroundOf({ frame, truth }: SimulatedFrame): readonly number[] {
  return Array.from(frame.pixels).filter((_, i) => truth.labels[i] === 0);
}

/** mean / standard deviation of the background, the paper's SNR. */
export function backgroundSnr(simulated: SimulatedFrame): number {
  const { mean, standardDeviation } = momentsOf(backgroundOf(simulated));
  return mean / standardDeviation;
}

/** A short fingerprint of a frame and its labels. */
export function fingerprint({ frame, truth }: SimulatedFrame): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of [frame.pixels, truth.labels]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex").slice(0, 16);
}
