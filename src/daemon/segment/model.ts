/**
 * A Mask R-CNN as a function: tiles in, boxes with scores and mask probabilities out.
 *
 * @module
 */
import { type LoadedModel, loadModel, type ModelManifest } from "./manifest.js";
import { ModelError } from "./model-error.js";
import { chooseSession, type ProviderChoice } from "./providers.js";
import type { ModelSession, TensorDeclaration, TensorValue } from "./runtime.js";

/** What a model found in one tile; `i`-th entries belong together. Proposals that only pad a fixed number are among them, with score 0. */
export interface TileFindings {
  readonly count: number;
  /** `x0 y0 x1 y1` each, px of the tile, edges of pixels at whole numbers. */
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  /** `maskEdge * maskEdge` probabilities each, row-major over the box. */
  readonly masks: Float32Array;
  readonly maskEdge: number;
  /** How far masks lie from their boxes in x and y, px of the tile. */
  readonly maskOffsetPx: number;
}

export interface Model {
  readonly manifest: ModelManifest;
  /** `CPUExecutionProvider, first.onnx (ef92b83a)`. */
  readonly description: string;
  /** Why it does not run on a better provider. */
  readonly notes: readonly string[];
  /** Runs tiles, as many at a time as the model takes; each is a normalised image of the model's input size. */
  run(tiles: readonly Float32Array[]): Promise<readonly TileFindings[]>;
  release(): Promise<void>;
}

export interface ModelOptions {
  readonly manifestPath: string;
  readonly provider: ProviderChoice;
  /** Of one run, on the CPU. */
  readonly threads: number;
}

const PROVIDER_NAMES = {
  cuda: "CUDAExecutionProvider",
  webgpu: "WebGpuExecutionProvider",
  cpu: "CPUExecutionProvider",
} as const;

/** Loads a model and runs it once on an empty tile. Raises ModelError and ProviderError. */
export async function openModel({ manifestPath, provider, threads }: ModelOptions): Promise<Model> {
  const model = await loadModel(manifestPath);
  const { manifest, weights } = model;
  const [, , rows, columns] = manifest.input.shape;
  const trial = async (session: ModelSession) => {
    checkDeclarations(session, model);
    await runBatch(session, model, [new Float32Array(rows * columns)]);
  };
  const chosen = await chooseSession({ weights, provider, threads, trial });
  return {
    manifest,
    description: `${PROVIDER_NAMES[chosen.provider]}, ${model.file} (${model.sha256.slice(0, 8)})`,
    notes: chosen.notes,
    run: (tiles) => runAll(chosen.session, model, tiles),
    release: () => chosen.session.release(),
  };
}

async function runAll(
  session: ModelSession,
  model: LoadedModel,
  tiles: readonly Float32Array[],
): Promise<readonly TileFindings[]> {
  const [batch] = model.manifest.input.shape;
  const findings: TileFindings[] = [];
  for (let first = 0; first < tiles.length; first += batch) {
    findings.push(...(await runBatch(session, model, tiles.slice(first, first + batch))));
  }
  return findings;
}

/** Runs at most one batch; a model of a fixed batch gets empty tiles for those that lack. */
async function runBatch(
  session: ModelSession,
  model: LoadedModel,
  tiles: readonly Float32Array[],
): Promise<TileFindings[]> {
  const { input } = model.manifest;
  const [batch, , rows, columns] = input.shape;
  const values = batch === 1 ? tiles[0] : new Float32Array(batch * rows * columns);
  if (batch > 1) for (const [i, tile] of tiles.entries()) values.set(tile, i * rows * columns);
  const outputs = await session.run(input.name, { shape: input.shape, values });
  return findingsFrom(outputs, model).slice(0, tiles.length);
}

/** Splits the outputs of a run into those of its tiles: a leading batch dimension is there for models of more than one tile. */
function findingsFrom(outputs: ReadonlyMap<string, TensorValue>, model: LoadedModel): TileFindings[] {
  const { boxes, scores, masks } = model.manifest.outputs;
  const [batch] = model.manifest.input.shape;
  const boxValues = outputOf(outputs, boxes, model);
  const scoreValues = outputOf(outputs, scores, model);
  const maskValues = outputOf(outputs, masks, model);
  const count = scoreValues.values.length / batch;
  const maskEdge = Number(masks.shape.at(-1));
  return Array.from({ length: batch }, (_, i) => ({
    count,
    boxes: boxValues.values.subarray(i * count * 4, (i + 1) * count * 4),
    scores: scoreValues.values.subarray(i * count, (i + 1) * count),
    masks: maskValues.values.subarray(i * count * maskEdge * maskEdge, (i + 1) * count * maskEdge * maskEdge),
    maskEdge,
    maskOffsetPx: masks.offsetPx,
  }));
}

/** A tensor as the manifest names it. */
type TensorShape = ModelManifest["outputs"]["boxes"];

function outputOf(outputs: ReadonlyMap<string, TensorValue>, expected: TensorShape, model: LoadedModel): TensorValue {
  const value = outputs.get(expected.name);
  const size = value?.shape.reduce((product, edge) => product * edge, 1);
  if (value === undefined || !agrees(value.shape, expected.shape) || size !== value.values.length) {
    throw mismatch(model, expected, `${expected.name} of shape ${shapeText(value?.shape ?? [])}`);
  }
  return value;
}

/** Compares what the file declares with the manifest, before anything runs. */
function checkDeclarations(session: ModelSession, model: LoadedModel): void {
  const { input, outputs } = model.manifest;
  checkDeclared(session.inputs, input, model);
  for (const output of Object.values(outputs)) checkDeclared(session.outputs, output, model);
}

function checkDeclared(declared: readonly TensorDeclaration[], expected: TensorShape, model: LoadedModel): void {
  const found = declared.find(({ name }) => name === expected.name);
  if (found === undefined) {
    throw mismatch(model, expected, `no tensor of that name among ${declared.map(({ name }) => name).join(", ")}`);
  }
  if (found.type !== "float32" || !agrees(found.shape, expected.shape)) {
    throw mismatch(model, expected, `${found.name}, ${found.type} of shape ${shapeText(found.shape)}`);
  }
}

/** Names stand for any size. */
function agrees(shape: readonly (number | string)[], expected: readonly (number | string)[]): boolean {
  const isSame = (edge: number | string, i: number) =>
    typeof edge === "string" || typeof expected[i] === "string" || edge === expected[i];
  return shape.length === expected.length && shape.every(isSame);
}

function mismatch({ path, manifest }: LoadedModel, expected: TensorShape, received: string): ModelError {
  return new ModelError("mismatch", path, {
    received: `${manifest.file} with ${received}`,
    expected: `${expected.name}, float32 of shape ${shapeText(expected.shape)}, as its manifest says`,
    remedy: "Take the manifest that came with this model, or the model that came with this manifest.",
  });
}

function shapeText(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}
