/**
 * The description of a model beside its weights: how to feed it, what it gives, what it was trained on and how well it does.
 *
 * @module
 */
import { z } from "zod";
import {
  type ModelIdentity,
  readManifestFile,
  readWeights,
  tensorShape as shape,
  type Weights,
  weightsFields,
} from "../inference/weights.js";

const sizePx = z.int().min(16).max(4096);
const share = z.number().min(0).max(1);

const tensor = z.strictObject({ name: z.string().min(1), shape });

const channels = z.union([z.literal(1), z.literal(3)]);

const input = z.strictObject({
  name: z.string().min(1),
  /** Frames a run (a name stands for any number), channels, rows, columns. Models that take one frame a run may leave out the first. */
  shape: z.union([
    z.tuple([z.union([z.int().min(1).max(64), z.string().min(1)]), channels, sizePx, sizePx]),
    z.tuple([channels, sizePx, sizePx]),
  ]),
  values: z.discriminatedUnion("kind", [
    /**
     * `(level - mean) / standard deviation` over the tile, clipped to `-clip..clip`. The deviation counts as no less than a share of the
     * frame's: see preprocess.ts.
     */
    z.strictObject({ kind: z.literal("tile-mean-deviation"), clip: z.number().positive() }),
    /** Grey levels, black 0, white `white`: 1 for torchvision, 255 for Detectron2. */
    z.strictObject({ kind: z.literal("grey-levels"), white: z.number().positive() }),
  ]),
  /** What the model was trained to see: `bright` has frames of dark particles inverted. */
  particles: z.enum(["bright", "as-they-are"]),
});

const manifestSchema = z.strictObject({
  format: z.literal(2),
  name: z.string().min(1),
  ...weightsFields,
  gpu: z
    .strictObject(weightsFields)
    .optional()
    .describe("the same model with operators that a GPU prefers, for the CUDA and WebGPU providers"),
  licence: z.string().min(1),
  input,
  detections: z
    .strictObject({ input: z.string().min(1), sizes: z.array(z.int().min(1).max(2000)).min(1) })
    .optional()
    .describe("input that says how many rows a frame the outputs have, and the numbers to use, rising"),
  outputs: z.strictObject({
    /** `x0 y0 x1 y1` in px of the tile. */
    boxes: tensor,
    /** 0..1; proposals that pad a fixed number have 0. */
    scores: tensor,
    /**
     * Probabilities 0..1 over the whole tile, as torchvision pastes them, or over the box, enlarged about its centre by `scale` and moved by
     * `offsetPx` in x and y (half a pixel where masks were trained with roi_align(aligned=False)).
     */
    masks: tensor.extend({
      extent: z.enum(["box", "tile"]),
      scale: z.number().min(1).max(2),
      offsetPx: z.number().min(-1).max(1),
    }),
    /** Class of each row, int64, and the classes that are particles. Without it all are. */
    labels: tensor.extend({ particles: z.array(z.int().min(0)).min(1) }).optional(),
  }),
  thresholds: z.strictObject({
    sureScore: share
      .default(0.5)
      .describe("score from which a particle is sure: a frame that shows none of these shows none at all"),
    sameParticleOverlap: share.describe(
      "share of the smaller of two masks inside the other above which they are one particle",
    ),
  }),
  tiles: z.strictObject({
    overlapPx: z
      .int()
      .min(0)
      .describe("overlap of neighbouring tiles: the largest particle that is whole in one of them"),
    longestEdgePx: sizePx.describe("frames with a longer edge are shrunk to it"),
    unevenEdgePx: sizePx.describe("longer edge that frames on uneven supports are scaled to"),
    particlePx: z
      .tuple([z.number().positive(), z.number().positive()])
      .describe(
        "least and greatest median diameter that the model is at its best with; frames outside are looked at again, scaled",
      ),
  }),
  training: z.strictObject({ data: z.string(), recipe: z.string(), parameters: z.int().positive() }),
});

export type ModelManifest = z.infer<typeof manifestSchema>;

/** A manifest and the weights it names, proven to belong together. */
export interface LoadedModel {
  readonly manifest: ModelManifest;
  readonly cpu: Weights;
  /** Those of {@link LoadedModel.cpu} where the manifest names no others. */
  readonly gpu: Weights;
}

/** Reads and validates a manifest. Raises ModelError `missing` and `manifest`. */
export function readManifest(path: string): Promise<ModelManifest> {
  return readManifestFile(path, manifestSchema);
}

/** What identifies the model that a manifest describes. Raises ModelError `missing` and `manifest`. */
export async function readModelIdentity(manifestPath: string): Promise<ModelIdentity> {
  const { file, sha256 } = await readManifest(manifestPath);
  return { file, sha256 };
}

/** Reads a manifest and its weights. Raises ModelError `missing`, `manifest` and `corrupt`. */
export async function loadModel(manifestPath: string): Promise<LoadedModel> {
  const manifest = await readManifest(manifestPath);
  const cpu = await readWeights(manifestPath, manifest);
  return { manifest, cpu, gpu: manifest.gpu === undefined ? cpu : await readWeights(manifestPath, manifest.gpu) };
}
