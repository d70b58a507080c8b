/**
 * The frames of a set, one after the other, each with its truth.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Frame } from "../../stream/base/frame.js";
import { Camera, type SimulatedFrame } from "../../stream/source/simulated/camera.js";
import { simulateFrame } from "../../stream/source/simulated/simulate-frame.js";
import type { FrameTruth } from "../evaluation/truth.js";
import { listImages, readSample } from "../truth/images.js";
import type { FrameSet, SimulatedSet } from "./frame-sets.js";
import { placeOverlapping } from "./overlapping-scene.js";
import { frameTruthFrom } from "./simulated-truth.js";

export interface NamedSample {
  readonly name: string;
  readonly frame: Frame;
  readonly truth: FrameTruth;
}

export interface SampleOptions {
  /** Simulated frames of each scene. */
  readonly frames: number;
  /** Of the first frame; those of the next follow. */
  readonly seed: number;
  /** Folder of the shared real frames. */
  readonly dataDir: string;
}

/** The frames of a set, or why there are none. */
export type Samples =
  | { readonly skipped: null; readonly count: number; readonly samples: AsyncIterable<NamedSample> }
  | { readonly skipped: string };

/** Opens a set. Raises what reading its truth raises. */
export async function openSamples(set: FrameSet, options: SampleOptions): Promise<Samples> {
  if (set.kind === "simulated") {
    const count = options.frames * set.scenes.length;
    return { skipped: null, count, samples: simulatedSamples(set, options) };
  }
  const folder = join(options.dataDir, set.folder);
  if (!existsSync(folder)) return { skipped: `${folder} is not there` };
  const { pairs } = await listImages(join(folder, "images"), join(folder, set.truth), "auto");
  const chosen = pairs.filter(({ image }) => set.names?.includes(image.name) ?? true);
  if (chosen.length === 0) return { skipped: `${folder} does not hold ${set.names?.join(", ") ?? "any frame"}` };
  return { skipped: null, count: chosen.length, samples: sharedSamples(chosen) };
}

async function* simulatedSamples(set: SimulatedSet, { frames, seed }: SampleOptions): AsyncGenerator<NamedSample> {
  for (const scene of set.scenes) {
    for (let i = 0; i < frames; i++) {
      const { frame, truth } = simulated(set, scene, seed + i);
      yield { name: `seed ${seed + i}`, frame, truth: frameTruthFrom(truth, scene) };
    }
  }
}

function simulated({ overlap }: SimulatedSet, scene: SimulatedSet["scenes"][number], seed: number): SimulatedFrame {
  if (overlap === 0) return simulateFrame(scene, seed);
  return new Camera(scene, seed).expose(placeOverlapping(scene, seed, overlap));
}

async function* sharedSamples(pairs: Awaited<ReturnType<typeof listImages>>["pairs"]): AsyncGenerator<NamedSample> {
  for (const pair of pairs) {
    const sample = await readSample(pair);
    // These files are known: one that cannot be read is damaged, and a figure without it would be another's.
    if ("reason" in sample) throw new Error(`${sample.file}: ${sample.reason}`);
    yield { name: pair.image.name, ...sample };
  }
}
