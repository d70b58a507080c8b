/**
 * The frames that are recognised: simulated ones, described by their scenes, and real ones that lie beside the project.
 *
 * @module
 */
import { DEFAULT_SETTINGS } from "../../stream/base/settings.js";
import { paperScene } from "../../stream/source/simulated/paper-scenes.js";
import { defineScene } from "../../stream/source/simulated/scene-check.js";
import type { ParticleKind, SceneSpec } from "../../stream/source/simulated/scene-spec.js";
import { PAPER_LEAST_AREA_PX2 } from "./methods.js";

/** Frames of the simulated microscope: so many of each scene as are asked for. */
export interface SimulatedSet {
  readonly kind: "simulated";
  readonly title: string;
  readonly scenes: readonly SceneSpec[];
  /** Largest part of a particle that another may cover; 0 keeps the scene's own distances. */
  readonly overlap: number;
  readonly leastThresholdAreaPx2: number;
}

/** Real frames: all of a shared folder that have truth, or those named. */
export interface SharedSet {
  readonly kind: "shared";
  readonly title: string;
  readonly folder: string;
  readonly truth: string;
  readonly names: readonly string[] | null;
  /** Sizes that the row is about, px; `null` for all. */
  readonly sizesPx: { readonly minPx: number; readonly maxPx: number } | null;
  readonly leastThresholdAreaPx2: number;
}

export type FrameSet = SimulatedSet | SharedSet;

/** The paper's two noises, and one that it did not dare. */
const SNR = { low: 14.5497, high: 7.487, beyond: 4 } as const;
const SMALL_PX2 = DEFAULT_SETTINGS.minAreaPx2;

function simulated(title: string, scene: SceneSpec, changes: Partial<SimulatedSet> = {}): SimulatedSet {
  const leastThresholdAreaPx2 = PAPER_LEAST_AREA_PX2;
  return { kind: "simulated", title, scenes: [scene], overlap: 0, leastThresholdAreaPx2, ...changes };
}

/** The paper's optics with other particles. */
function paperLike(snr: number | null, changes: Partial<SceneSpec>): SceneSpec {
  return defineScene({ ...paperScene("spheres-50", snr), ...changes });
}

/** Spheres of these diameters, as many of each; sizes are what they are, without a spread. */
function spheres(...diametersNm: readonly number[]): readonly ParticleKind[] {
  return diametersNm.map((diameterNm) => ({ shape: { kind: "sphere", diameterNm }, relativeSd: 0, weight: 1 }));
}

const UPTO_70 = spheres(30, 35, 40, 45, 50, 55, 60, 65, 70);
const UPTO_20 = spheres(10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);
const NONE = { population: { kind: "count", count: 0 } } as const;

/** One particle of Table 1, as many as fit, without noise and spread. */
function tableOne(shape: ParticleKind["shape"], count: number): SceneSpec {
  return paperLike(null, { kinds: [{ shape, relativeSd: 0, weight: 1 }], population: { kind: "count", count } });
}

/** Every set by its name. The paper's scenes are named as in paper-scenes.ts. */
export const FRAME_SETS = {
  "spheres-50/noise-free": simulated("spheres of 50 px, noise-free", paperScene("spheres-50", null)),
  "spheres-50/snr-14.5497": simulated("spheres of 50 px, SNR 14.5497", paperScene("spheres-50", SNR.low)),
  "spheres-50/snr-7.4870": simulated("spheres of 50 px, SNR 7.4870", paperScene("spheres-50", SNR.high)),
  "rods-65x10/snr-14.5497": simulated("nanorods of 65 x 10 px, SNR 14.5497", paperScene("rods-65x10", SNR.low)),
  "rods-65x10/snr-7.4870": simulated("nanorods of 65 x 10 px, SNR 7.4870", paperScene("rods-65x10", SNR.high)),
  "cubes-50/snr-14.5497": simulated("concave cubes of 50 px, SNR 14.5497", paperScene("cubes-50", SNR.low)),
  "spheres-30/snr-14.5497": simulated("spheres of 30 px, SNR 14.5497", paperScene("spheres-30", SNR.low)),
  "spheres-70/snr-14.5497": simulated("spheres of 70 px, SNR 14.5497", paperScene("spheres-70", SNR.low)),
  "table-1/sphere": simulated("spheres of radius 60 px, noise-free", tableOne({ kind: "sphere", diameterNm: 120 }, 4)),
  "table-1/rod": simulated("rods of 65 x 10 px, noise-free", tableOne({ kind: "rod", lengthNm: 65, widthNm: 10 }, 24)),
  "table-1/cube": simulated("concave cubes of 50 px, noise-free", tableOne({ kind: "concave-cube", edgeNm: 50 }, 24)),
  "spheres-30-70/noise-free": simulated("spheres of 30 to 70 px, noise-free", paperLike(null, { kinds: UPTO_70 })),
  "spheres-30-70/snr-14.5497": simulated("spheres of 30 to 70 px, SNR 14.5497", paperLike(SNR.low, { kinds: UPTO_70 })),
  "spheres-30-70/snr-7.4870": simulated("spheres of 30 to 70 px, SNR 7.4870", paperLike(SNR.high, { kinds: UPTO_70 })),
  "spheres-30-70/snr-4": simulated("spheres of 30 to 70 px, SNR 4", paperLike(SNR.beyond, { kinds: UPTO_70 })),
  "spheres-10-20/snr-14.5497": simulated(
    "spheres of 10 to 20 px, SNR 14.5497",
    paperLike(SNR.low, { kinds: UPTO_20 }),
    { leastThresholdAreaPx2: SMALL_PX2 },
  ),
  "overlapping/snr-14.5497": simulated(
    "spheres of 30 to 70 px, touching or overlapping by up to 20 %, SNR 14.5497",
    paperLike(SNR.low, { kinds: UPTO_70 }),
    { overlap: 0.2 },
  ),
  "overlapping/snr-7.4870": simulated(
    "spheres of 30 to 70 px, touching or overlapping by up to 20 %, SNR 7.4870",
    paperLike(SNR.high, { kinds: UPTO_70 }),
    { overlap: 0.2 },
  ),
  empty: simulated("empty frames: noise-free, SNR 14.5497, 7.4870, 4 and 3", paperLike(null, NONE), {
    scenes: [null, SNR.low, SNR.high, SNR.beyond, 3].map((snr) => paperLike(snr, NONE)),
  }),
  haadf: shared("real supported catalysts, boxes", "haadf", "labels"),
  bftem: shared("real sintering particles in bright field, masks", "bftem", "masks"),
  "haadf/10-20": shared("real particles, those of 10 to 20 px (stand-in: Ru1)", "haadf", "labels", {
    names: ["Ru1.jpg"],
    sizesPx: { minPx: 10, maxPx: 20 },
  }),
  "bftem/50-100": shared("real particles, those of 50 to 100 px (stand-in: bftem)", "bftem", "masks", {
    sizesPx: { minPx: 50, maxPx: 100 },
  }),
} as const satisfies Readonly<Record<string, FrameSet>>;
export type FrameSetId = keyof typeof FRAME_SETS;

function shared(title: string, folder: string, truth: string, changes: Partial<SharedSet> = {}): SharedSet {
  const all = { names: null, sizesPx: null, leastThresholdAreaPx2: SMALL_PX2 };
  return { kind: "shared", title, folder, truth, ...all, ...changes };
}
