/**
 * A Mask R-CNN as a function: tiles in, boxes with scores and masks out.
 *
 * @module
 */

import { chooseSession, type ProviderChoice } from "../inference/providers.js";
import type { ModelSession, Provider, TensorValue } from "../inference/runtime.js";
import type { ModelIdentity, Weights } from "../inference/weights.js";
import { checkDeclared, type Finding, findingsOf } from "./findings.js";
import { type LoadedModel, loadModel, type ModelManifest } from "./manifest.js";

/** Tiles that a GPU computes together; a CPU gains nothing by it. */
const GPU_BATCH = 16;

export interface Model {
  readonly manifest: ModelManifest;
  /** Tiles that are computed together. */
  readonly batch: number;
  readonly tileWidthPx: number;
  readonly tileHeightPx: number;
  /** `CPUExecutionProvider, particles.onnx (ef92b83a)`. */
  readonly description: string;
  /** Name and SHA-256 of the model as its manifest has them, whatever the provider runs of it. */
  readonly identity: ModelIdentity;
  /** Why it does not run on a better provider. */
  readonly notes: readonly string[];
  /**
   * Runs tiles, each `tileWidthPx * tileHeightPx` values as the manifest's input has them. Findings with a score of at least `scoreThreshold`
   * are complete; some below it may be among them. The result of a tile does not depend on the others.
   */
  run(tiles: readonly Float32Array[], scoreThreshold: number): Promise<readonly (readonly Finding[])[]>;
  release(): Promise<void>;
}

export interface ModelOptions {
  readonly manifestPath: string;
  readonly provider: ProviderChoice;
  /** Of one run, on the CPU. */
  readonly threads: number;
  /** Tiles a run, where the model leaves that open; by default one on the CPU and {@link GPU_BATCH} on a GPU. */
  readonly batch?: number;
}

const PROVIDER_NAMES = {
  cuda: "CUDAExecutionProvider",
  webgpu: "WebGpuExecutionProvider",
  cpu: "CPUExecutionProvider",
} as const;

/** A model as it is run: its session, weights and sizes. */
interface Runner {
  readonly session: ModelSession;
  readonly manifest: ModelManifest;
  readonly weights: Weights;
  readonly batch: number;
}

/** Loads a model and runs it once on an empty tile. Raises ModelError and ProviderError. */
export async function openModel(options: ModelOptions): Promise<Model> {
  const { manifestPath, provider, threads } = options;
  const model = await loadModel(manifestPath);
  const { manifest } = model;
  const runnerOf = (session: ModelSession, chosen: Provider): Runner => ({
    session,
    manifest,
    weights: weightsFor(model, chosen),
    batch: batchFor(manifest, chosen, options.batch),
  });
  const trial = async (session: ModelSession, tried: Provider) => {
    const runner = runnerOf(session, tried);
    checkDeclarations(runner);
    const { tileWidthPx, tileHeightPx } = tileSize(manifest);
    await runTiles(runner, [new Float32Array(tileWidthPx * tileHeightPx)], firstSize(manifest));
  };
  const chosen = await chooseSession({
    weightsFor: (tried) => weightsFor(model, tried).bytes,
    provider,
    threads,
    trial,
  });
  const runner = runnerOf(chosen.session, chosen.provider);
  return {
    manifest,
    batch: runner.batch,
    ...tileSize(manifest),
    description: `${PROVIDER_NAMES[chosen.provider]}, ${runner.weights.file} (${runner.weights.sha256.slice(0, 8)})`,
    identity: { file: manifest.file, sha256: manifest.sha256 },
    notes: chosen.notes,
    run: (tiles, scoreThreshold) => runAll(runner, tiles, scoreThreshold),
    release: () => chosen.session.release(),
  };
}

function weightsFor({ cpu, gpu }: LoadedModel, provider: Provider): Weights {
  return provider === "cpu" ? cpu : gpu;
}

/** Tiles a run: what the model is fixed to, else what was asked for, else what suits the provider. */
function batchFor({ input }: ModelManifest, provider: Provider, asked: number | undefined): number {
  if (input.shape.length === 3) return 1;
  const [batch] = input.shape;
  return typeof batch === "number" ? batch : (asked ?? (provider === "cpu" ? 1 : GPU_BATCH));
}

function tileSize({ input }: ModelManifest): { readonly tileWidthPx: number; readonly tileHeightPx: number } {
  const [tileHeightPx, tileWidthPx] = input.shape.slice(-2).map(Number);
  return { tileWidthPx, tileHeightPx };
}

function firstSize({ detections }: ModelManifest): number {
  return detections?.sizes[0] ?? 0;
}

async function runAll(
  runner: Runner,
  tiles: readonly Float32Array[],
  scoreThreshold: number,
): Promise<readonly (readonly Finding[])[]> {
  const findings: (readonly Finding[])[] = [];
  for (let first = 0; first < tiles.length; first += runner.batch) {
    findings.push(...(await runComplete(runner, tiles.slice(first, first + runner.batch), scoreThreshold)));
  }
  return findings;
}

/**
 * Runs a batch; tiles whose every row is taken are run again with more rows. Rows come in falling order of score, so that a tile whose last
 * score is below the threshold has shown all.
 */
async function runComplete(
  runner: Runner,
  tiles: readonly Float32Array[],
  scoreThreshold: number,
): Promise<readonly (readonly Finding[])[]> {
  const sizes = runner.manifest.detections?.sizes ?? [0];
  const results: (readonly Finding[])[] = tiles.map(() => []);
  let open = tiles.map((_, i) => i);
  for (const size of sizes) {
    const found = await runTiles(
      runner,
      open.map((i) => tiles[i]),
      size,
    );
    for (const [k, i] of open.entries()) results[i] = found[k];
    open = open.filter(
      (i) => size > 0 && results[i].length >= size && (results[i].at(-1)?.score ?? 0) >= scoreThreshold,
    );
    if (open.length === 0) break;
  }
  return results;
}

/** Runs at most one batch once; a model of a fixed batch gets empty tiles for those that lack. */
async function runTiles(
  { session, manifest, weights, batch }: Runner,
  tiles: readonly Float32Array[],
  rows: number,
): Promise<readonly (readonly Finding[])[]> {
  const { input, outputs, detections } = manifest;
  const { tileWidthPx, tileHeightPx } = tileSize(manifest);
  const isFixed = input.shape.length === 3 || typeof input.shape[0] === "number";
  const count = isFixed ? batch : tiles.length;
  const channels = Number(input.shape.at(-3));
  const image: TensorValue = {
    shape: [...(input.shape.length === 3 ? [] : [count]), channels, tileHeightPx, tileWidthPx],
    values: packed(tiles, count, channels),
  };
  const size = { shape: [], values: BigInt64Array.of(BigInt(rows)) };
  const values = await session.run({
    [input.name]: image,
    ...(detections === undefined ? {} : { [detections.input]: size }),
  });
  return findingsOf(values, count, { outputs, weights, tileWidthPx, tileHeightPx }).slice(0, tiles.length);
}

/** Tiles one behind the other, each as often as the model has channels. */
function packed(tiles: readonly Float32Array[], count: number, channels: number): Float32Array {
  const [first] = tiles;
  if (count === 1 && channels === 1) return first;
  const values = new Float32Array(count * channels * first.length);
  for (const [i, tile] of tiles.entries()) {
    for (let channel = 0; channel < channels; channel++) values.set(tile, (i * channels + channel) * tile.length);
  }
  return values;
}

/** Compares what the file declares with the manifest, before anything runs. */
function checkDeclarations({ session, manifest, weights }: Runner): void {
  const { input, detections, outputs } = manifest;
  checkDeclared(session.inputs, input, weights);
  if (detections !== undefined) {
    checkDeclared(session.inputs, { name: detections.input, type: "int64", shape: [] }, weights);
  }
  const { boxes, scores, masks, labels } = outputs;
  for (const output of [boxes, scores, masks]) checkDeclared(session.outputs, output, weights);
  if (labels !== undefined) checkDeclared(session.outputs, { ...labels, type: "int64" }, weights);
}
