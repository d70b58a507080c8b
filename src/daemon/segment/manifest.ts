/**
 * The description of a model beside its weights: how to feed it, what it gives, what it was trained on and how well it does.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { errorText } from "../../stream/base/errors.js";
import { ModelError } from "./model-error.js";

const sizePx = z.int().min(16).max(4096);
const share = z.number().min(0).max(1);
const measured = z.number().nullable();

/** A number is a size that holds always; a name stands for any. */
const shape = z.array(z.union([z.int().positive(), z.string().min(1)])).min(1);
const tensor = z.strictObject({ name: z.string().min(1), shape });

const input = z.strictObject({
  name: z.string().min(1),
  /** Frames a run, channels (one), rows, columns. */
  shape: z.tuple([z.int().min(1).max(64), z.literal(1), sizePx, sizePx]),
  /** `(level - mean) / standard deviation` over the tile, clipped to `-clip..clip`. */
  normalisation: z.strictObject({ kind: z.literal("tile-mean-deviation"), clip: z.number().positive() }),
  /** What the model was trained to see; frames of the other polarity are inverted. */
  particles: z.literal("bright"),
});

const manifestSchema = z.strictObject({
  format: z.literal(1),
  name: z.string().min(1),
  file: z.string().regex(/^[\w.-]+\.onnx$/, "must be the name of an .onnx file beside the manifest"),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"),
  licence: z.string().min(1),
  input,
  outputs: z.strictObject({
    /** `x0 y0 x1 y1` in px of the tile. */
    boxes: tensor,
    /** 0..1; proposals that pad a fixed number have 0. */
    scores: tensor,
    /** Probabilities 0..1 over the box moved by `offsetPx` in x and y: half a pixel where masks were trained with roi_align(aligned=False). */
    masks: tensor.extend({ offsetPx: z.number().min(-1).max(1) }),
  }),
  thresholds: z.strictObject({
    score: share.describe("least score the accuracy below was measured with"),
    mask: z.literal(0.5).describe("probability at the outline"),
    nmsIou: share.describe("box IoU above which the model itself keeps the better of two"),
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
  }),
  unevenSupport: z.strictObject({
    longestEdgePx: sizePx.describe("longer edge that a frame on an uneven support is scaled to"),
    backgroundSigmaPx: z.number().positive().describe("Gaussian blur that is subtracted from it"),
  }),
  training: z.strictObject({ data: z.string(), recipe: z.string(), parameters: z.int().positive() }),
  /** On simulated frames: a particle is found where a mask agrees with it at an IoU of at least 0.5. */
  accuracy: z.array(
    z.strictObject({
      case: z.string(),
      snr: z.number().nullable().describe("null: noise-free"),
      particles: z.int(),
      found: z.int(),
      falseFound: z.int(),
      meanIou: measured,
    }),
  ),
});

export type ModelManifest = z.infer<typeof manifestSchema>;

/** The model a result was computed with. */
export interface ModelIdentity {
  readonly file: string;
  readonly sha256: string;
}

/** A manifest and the weights it names, proven to belong together. */
export interface LoadedModel extends ModelIdentity {
  readonly manifest: ModelManifest;
  readonly path: string;
  readonly weights: Uint8Array;
}

/** Reads and validates a manifest. Raises ModelError `missing` and `manifest`. */
export async function readManifest(path: string): Promise<ModelManifest> {
  const bytes = await read(path, "a model manifest");
  const parsed = manifestSchema.safeParse(jsonFrom(bytes, path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(path, `${issue.path.join(".") || "the whole file"}: ${issue.message}`);
}

/** What identifies the model that a manifest describes. Raises ModelError `missing` and `manifest`. */
export async function readModelIdentity(manifestPath: string): Promise<ModelIdentity> {
  const { file, sha256 } = await readManifest(manifestPath);
  return { file, sha256 };
}

/** Reads a manifest and its weights. Raises ModelError `missing`, `manifest` and `corrupt`. */
export async function loadModel(manifestPath: string): Promise<LoadedModel> {
  const manifest = await readManifest(manifestPath);
  const path = join(dirname(manifestPath), manifest.file);
  const weights = await read(path, "the weights of a model");
  const sha256 = createHash("sha256").update(weights).digest("hex");
  if (sha256 !== manifest.sha256) {
    throw new ModelError("corrupt", path, {
      received: `${manifest.file}, ${weights.length} bytes with SHA-256 ${sha256}`,
      expected: `SHA-256 ${manifest.sha256}, as its manifest says`,
      remedy: "Copy the model again, or take the manifest that came with these weights.",
    });
  }
  return { file: manifest.file, sha256, manifest, path, weights };
}

async function read(path: string, what: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new ModelError("missing", path, {
      received: `no readable file at ${path}`,
      expected: what,
      remedy: "Name the manifest of a model with --model, or install Ostwald again.",
      cause,
    });
  }
}

function jsonFrom(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw invalid(path, errorText(cause));
  }
}

function invalid(path: string, what: string): ModelError {
  return new ModelError("manifest", path, {
    received: `a manifest with ${what}`,
    expected: "a model manifest of format 1, as models/README.md describes it",
    remedy: `Correct ${path}, or take the one that came with the model.`,
  });
}
