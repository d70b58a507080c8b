/**
 * The options of `simulate`, in one schema as the configuration is: flags, help and validation come from it.
 *
 * @module
 */
import { z } from "zod";
import type { MovieSpec } from "../../../stream/source/simulated/movie-spec.js";
import { DEMO_MOVIE } from "../../../stream/source/simulated/movie-spec.js";
import { defineScene } from "../../../stream/source/simulated/scene-check.js";
import type { ParticleKind, SceneSpec } from "../../../stream/source/simulated/scene-spec.js";
import { DEFAULT_SCENE, DEPTHS, MODALITIES, sceneCount } from "../../../stream/source/simulated/scene-spec.js";
import type { Shape, ShapeKind } from "../../../stream/source/simulated/shape.js";
import { scaled } from "../../../stream/source/simulated/shape.js";

/** `mixed` is what the demo shows: mostly spheres, some rods, concave cubes and prisms. */
const SHAPES = ["sphere", "rod", "concave-cube", "prism", "mixed"] as const satisfies readonly (ShapeKind | "mixed")[];

export const simulateSchema = z.strictObject({
  frames: z.int().min(0).max(1_000_000).describe("number of frames; 0 goes on until it is interrupted"),
  rate: z.number().min(0.001).max(10_000).nullable().describe("frames a second; none is as fast as they are made"),
  seed: z.int().min(0).describe("the same seed gives the same frames"),
  movie: z
    .boolean()
    .describe(
      "particles move, ripen, nucleate and merge from frame to frame; else each frame is a field of view of its own",
    ),
  shape: z.enum(SHAPES).describe("shape of the particles; mixed is mostly spheres"),
  sizeNm: z.number().min(1).max(1_000).describe("mean diameter, length or edge of a particle, nm"),
  sizeSd: z.number().min(0).max(0.3).describe("standard deviation of the size over its mean; mixed has its own"),
  particles: z.int().min(0).max(5_000).describe("particles in a frame; at the start, for a movie"),
  overlap: z.boolean().describe("whether particles may overlap"),
  modality: z.enum(MODALITIES).describe("what the detector counts: haadf shows particles bright, bf dark"),
  snr: z
    .number()
    .min(0.01)
    .max(1e6)
    .nullable()
    .describe("mean over standard deviation of the background, as Gaussian noise; none is the shot noise of the dose"),
  doseRate: z.number().min(1e-6).max(1e9).describe("electrons per square angstrom and second; a frame takes 0.1 s"),
  edgePx: z.int().min(16).max(8_192).describe("edge of the square frame, px"),
  fieldOfViewNm: z.number().min(1).max(1e6).describe("edge of the field of view, nm"),
  depth: z.enum(DEPTHS).describe("bits of a pixel; float needs --format tiff"),
  format: z.enum(["png", "tiff"]).describe("file format of the frames"),
  pieces: z
    .int()
    .min(1)
    .max(1_000)
    .describe("1 writes under a temporary name and renames; more write under the final name, piece by piece"),
  truth: z
    .boolean()
    .describe("whether labels and a list of the particles are written for each frame, into the subfolder truth"),
  keep: z.int().min(0).max(1_000_000).describe("newest frames that stay, older ones are removed; 0 keeps all"),
  distinct: z.int().min(1).max(100_000).describe("with --to: frames that are made first, and sent again and again"),
});
export type SimulateOptions = Readonly<z.infer<typeof simulateSchema>>;

export const DEFAULT_SIMULATE: SimulateOptions = Object.freeze({
  frames: 100,
  rate: null,
  seed: 1,
  movie: false,
  shape: "sphere",
  sizeNm: 50,
  sizeSd: 0.1,
  particles: 24,
  overlap: false,
  modality: DEFAULT_SCENE.modality,
  snr: null,
  doseRate: DEFAULT_SCENE.doseRate,
  edgePx: DEFAULT_SCENE.widthPx,
  fieldOfViewNm: DEFAULT_SCENE.fieldOfViewNm,
  depth: DEFAULT_SCENE.depth,
  format: "png",
  pieces: 1,
  truth: true,
  keep: 0,
  distinct: 64,
});

/** Mean size of the demo's spheres; its other shapes are scaled with them. */
const MIXED_SIZE_NM = 28;

/** What `--movie` changes among the defaults: the demo's specimen. */
export const MOVIE_DEFAULTS: SimulateOptions = Object.freeze({
  ...DEFAULT_SIMULATE,
  shape: "mixed",
  sizeNm: MIXED_SIZE_NM,
  particles: sceneCount(DEMO_MOVIE.scene),
  doseRate: DEMO_MOVIE.scene.doseRate,
});

/** The scene that the options describe. Raises SceneSpecError when it makes no sense. */
export function sceneFrom(options: SimulateOptions): SceneSpec {
  return defineScene({
    ...(options.movie ? DEMO_MOVIE.scene : DEFAULT_SCENE),
    fieldOfViewNm: options.fieldOfViewNm,
    widthPx: options.edgePx,
    heightPx: options.edgePx,
    modality: options.modality,
    doseRate: options.doseRate,
    depth: options.depth,
    kinds: kindsOf(options),
    population: { kind: "count", count: options.particles },
    ...(options.overlap ? { minGapNm: null } : {}),
    // Gaussian noise of exactly that SNR, as the field's simulations define it, takes the place of all other noise.
    ...(options.snr === null ? {} : { snr: options.snr, shotNoise: false, readNoiseElectrons: 0 }),
  });
}

/** The movie that the options describe, in real time at a given rate. Raises SceneSpecError when it makes no sense. */
export function movieFrom(options: SimulateOptions): MovieSpec {
  const frameIntervalS = options.rate === null ? DEMO_MOVIE.frameIntervalS : 1 / options.rate;
  return { ...DEMO_MOVIE, scene: sceneFrom(options), frameIntervalS };
}

function kindsOf({ shape, sizeNm, sizeSd }: SimulateOptions): readonly ParticleKind[] {
  if (shape !== "mixed") return [{ shape: bodyOf(shape, sizeNm), relativeSd: sizeSd, weight: 1 }];
  return DEMO_MOVIE.scene.kinds.map((kind) => ({ ...kind, shape: scaled(kind.shape, sizeNm / MIXED_SIZE_NM) }));
}

/** Rods have the proportions of 65 x 10 nm; prisms are a third as thick as their edge is long. */
function bodyOf(kind: ShapeKind, sizeNm: number): Shape {
  switch (kind) {
    case "sphere":
      return { kind, diameterNm: sizeNm };
    case "rod":
      return { kind, lengthNm: sizeNm, widthNm: (sizeNm * 10) / 65 };
    case "concave-cube":
      return { kind, edgeNm: sizeNm };
    case "prism":
      return { kind, edgeNm: sizeNm, thicknessNm: sizeNm / 3 };
  }
}
