/**
 * The learned denoiser: a network that says which part of a frame is noise.
 *
 * It sees `(level - mean of the frame) / noise of the frame` and gives the noise in units of the noise, so that one network serves every grey
 * scale. Frames of more than a tile are cut; each tile sees the surroundings of what is taken from it.
 *
 * @module
 */
import { z } from "zod";
import type { GreyImage } from "../../stream/base/frame.js";
import { ModelError } from "../inference/model-error.js";
import { chooseSession, type ProviderChoice } from "../inference/providers.js";
import type { ModelSession, TensorDeclaration } from "../inference/runtime.js";
import { readManifestFile, readWeights, tensorShape, type Weights, weightsFields } from "../inference/weights.js";
import { padded, paste, type Tile, tilesOf } from "./unet-tiles.js";

const denoiserSchema = z.strictObject({
  format: z.literal(1),
  name: z.string().min(1),
  ...weightsFields,
  licence: z.string().min(1),
  input: z.strictObject({
    name: z.string().min(1),
    shape: tensorShape,
    values: z.strictObject({
      kind: z.literal("frame-mean-noise"),
      leastNoise: z.number().positive().describe("frames with no more noise are left as they are, grey levels"),
    }),
    multipleOfPx: z.int().min(1).max(256).describe("what both edges of a tile are multiples of"),
  }),
  output: z.strictObject({ name: z.string().min(1), shape: tensorShape }),
  tiles: z.strictObject({ edgePx: z.int().min(64).max(4096), overlapPx: z.int().min(0).max(1024) }),
  training: z.strictObject({ data: z.string(), recipe: z.string(), parameters: z.int().positive() }),
});
export type DenoiserManifest = z.infer<typeof denoiserSchema>;

export interface Unet {
  /** `CPUExecutionProvider, denoiser.onnx (ef92b83a)`. */
  readonly description: string;
  /** Why it does not run on a better provider. */
  readonly notes: readonly string[];
  /** Takes noise of `sigma` grey levels out of an image; 8-bit images come back 8-bit, float images float, those without noise as they are. */
  apply(image: GreyImage, sigma: number): Promise<GreyImage>;
  release(): Promise<void>;
}

export interface UnetOptions {
  /** Path of the denoiser's manifest. */
  readonly manifestPath: string;
  readonly provider: ProviderChoice;
  /** Of one run, on the CPU. */
  readonly threads: number;
}

/** A denoiser as it is run. */
interface Runner {
  readonly session: ModelSession;
  readonly manifest: DenoiserManifest;
}

/** Loads the denoiser and runs it once on an empty tile. Raises ModelError and ProviderError. */
export async function openUnet({ manifestPath, provider, threads }: UnetOptions): Promise<Unet> {
  const manifest = await readManifestFile(manifestPath, denoiserSchema);
  const weights = await readWeights(manifestPath, manifest);
  const trial = async (session: ModelSession) => {
    checkTensor(session.inputs, manifest.input, weights);
    checkTensor(session.outputs, manifest.output, weights);
    const edge = manifest.input.multipleOfPx;
    await noiseOfTile({ session, manifest }, new Float32Array(edge * edge), { widthPx: edge, heightPx: edge });
  };
  const chosen = await chooseSession({ weightsFor: () => weights.bytes, provider, threads, trial });
  const runner = { session: chosen.session, manifest };
  return {
    description: `${chosen.provider}, ${weights.file} (${weights.sha256.slice(0, 8)})`,
    notes: chosen.notes,
    apply: (image, sigma) => withoutNoise(runner, image, sigma),
    release: () => chosen.session.release(),
  };
}

function checkTensor(
  declared: readonly TensorDeclaration[],
  expected: { readonly name: string; readonly shape: readonly (number | string)[] },
  { path, file }: Weights,
): void {
  const found = declared.find(({ name }) => name === expected.name);
  if (found?.type === "float32" && found.shape.length === expected.shape.length) return;
  throw new ModelError("mismatch", path, {
    received: `${file} with ${declared.map(({ name, type, shape }) => `${name}, ${type} of ${shape.length} axes`).join("; ")}`,
    expected: `${expected.name}, float32 of ${expected.shape.length} axes`,
    remedy: "Correct the manifest, or take the one that came with these weights.",
  });
}

async function withoutNoise(runner: Runner, image: GreyImage, sigma: number): Promise<GreyImage> {
  const { input, tiles } = runner.manifest;
  // What rounding to whole levels took cannot be brought back.
  if (sigma <= input.values.leastNoise) return image;
  const mean = meanOf(image.levels);
  const levels =
    image.levels instanceof Uint8Array ? new Uint8Array(image.levels.length) : Float32Array.from(image.levels);
  const result = { ...image, levels };
  for (const tile of tilesOf(image, { ...tiles, multipleOfPx: input.multipleOfPx })) {
    const values = padded(image, tile, (level) => (level - mean) / sigma);
    const noise = await noiseOfTile(runner, values, tile);
    paste(result, tile, (at, inTile) => image.levels[at] - sigma * noise[inTile]);
  }
  return result;
}

async function noiseOfTile(
  { session, manifest }: Runner,
  values: Float32Array,
  { widthPx, heightPx }: Pick<Tile, "widthPx" | "heightPx">,
): Promise<Float32Array> {
  const outputs = await session.run({ [manifest.input.name]: { shape: [1, 1, heightPx, widthPx], values } });
  const noise = outputs.get(manifest.output.name)?.values;
  if (!(noise instanceof Float32Array) || noise.length !== values.length) {
    throw new RangeError(`the denoiser gave ${noise?.length} values for a tile of ${values.length}`);
  }
  return noise;
}

function meanOf(levels: GreyImage["levels"]): number {
  let sum = 0;
  for (let i = 0; i < levels.length; i++) sum += levels[i];
  return sum / levels.length;
}
