/**
 * What a model found, read from the tensors of one run.
 *
 * @module
 */
import type { Box } from "../../stream/base/detection.js";
import { ModelError } from "../inference/model-error.js";
import type { TensorDeclaration, TensorValue } from "../inference/runtime.js";
import type { Weights } from "../inference/weights.js";
import type { ModelManifest } from "./manifest.js";
import type { BoxMask } from "./masks.js";

/** One row of a model's outputs. Rows that only pad a fixed number have score 0. */
export interface Finding {
  /** px of the tile, edges of pixels at whole numbers. */
  readonly box: Box;
  readonly score: number;
  /** Probabilities, and the box they lie over, px of the tile. */
  readonly mask: BoxMask;
  readonly maskBox: Box;
}

/** A tensor as a manifest names it. */
type TensorShape = Pick<ModelManifest["outputs"]["boxes"], "name" | "shape">;

/** What a run is read with. */
export interface OutputReader {
  readonly outputs: ModelManifest["outputs"];
  readonly weights: Weights;
  readonly tileWidthPx: number;
  readonly tileHeightPx: number;
}

/** The rows of each tile of a run, those of classes that are no particles left out. Raises ModelError `mismatch`. */
export function findingsOf(
  values: ReadonlyMap<string, TensorValue>,
  tiles: number,
  reader: OutputReader,
): readonly (readonly Finding[])[] {
  const { boxes, scores, masks, labels } = reader.outputs;
  const boxValues = floats(values, boxes, reader.weights);
  const scoreValues = floats(values, scores, reader.weights);
  const maskValues = floats(values, masks, reader.weights);
  const isParticle = labels === undefined ? () => true : particleTest(values, labels, reader.weights);
  const rowsOfTile = scoreValues.length / tiles;
  return Array.from({ length: tiles }, (_, tile) => {
    const rows: Finding[] = [];
    for (let row = tile * rowsOfTile; row < (tile + 1) * rowsOfTile; row++) {
      if (scoreValues[row] <= 0 || !isParticle(row)) continue;
      const [x0, y0, x1, y1] = boxValues.subarray(4 * row, 4 * row + 4);
      const box = { x0, y0, x1, y1 };
      rows.push({ box, score: scoreValues[row], ...maskOf(maskValues, row, box, reader) });
    }
    return rows;
  });
}

function maskOf(values: Float32Array, row: number, box: Box, reader: OutputReader): Pick<Finding, "mask" | "maskBox"> {
  const { shape, extent, scale, offsetPx } = reader.outputs.masks;
  if (extent === "tile") return cutFromTile(values, row, box, reader);
  const columns = Number(shape.at(-1));
  const rows = Number(shape.at(-2));
  const probabilities = values.subarray(row * rows * columns, (row + 1) * rows * columns);
  const growX = ((box.x1 - box.x0) * (scale - 1)) / 2;
  const growY = ((box.y1 - box.y0) * (scale - 1)) / 2;
  const maskBox = {
    x0: box.x0 - growX + offsetPx,
    y0: box.y0 - growY + offsetPx,
    x1: box.x1 + growX + offsetPx,
    y1: box.y1 + growY + offsetPx,
  };
  return { mask: { columns, rows, probabilities }, maskBox };
}

/** The part of a pasted mask that its box covers, with a margin of one pixel. */
function cutFromTile(
  values: Float32Array,
  row: number,
  box: Box,
  { tileWidthPx, tileHeightPx }: OutputReader,
): Pick<Finding, "mask" | "maskBox"> {
  const x0 = Math.max(0, Math.floor(box.x0) - 1);
  const y0 = Math.max(0, Math.floor(box.y0) - 1);
  const x1 = Math.min(tileWidthPx, Math.ceil(box.x1) + 1);
  const y1 = Math.min(tileHeightPx, Math.ceil(box.y1) + 1);
  const columns = Math.max(0, x1 - x0);
  const rows = Math.max(0, y1 - y0);
  const probabilities = new Float32Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    const from = (row * tileHeightPx + y0 + y) * tileWidthPx + x0;
    probabilities.set(values.subarray(from, from + columns), y * columns);
  }
  return { mask: { columns, rows, probabilities }, maskBox: { x0, y0, x1, y1 } };
}

function particleTest(
  values: ReadonlyMap<string, TensorValue>,
  labels: NonNullable<ModelManifest["outputs"]["labels"]>,
  weights: Weights,
): (row: number) => boolean {
  const { values: found } = outputOf(values, labels, weights);
  const particles = new Set(labels.particles);
  return (row) => particles.has(Number(found[row]));
}

function floats(values: ReadonlyMap<string, TensorValue>, expected: TensorShape, weights: Weights): Float32Array {
  const value = outputOf(values, expected, weights);
  if (value.values instanceof Float32Array) return value.values;
  throw mismatch(weights, expected, `${expected.name}, int64`);
}

function outputOf(values: ReadonlyMap<string, TensorValue>, expected: TensorShape, weights: Weights): TensorValue {
  const value = values.get(expected.name);
  const size = value?.shape.reduce((product, edge) => product * edge, 1);
  if (value === undefined || !agrees(value.shape, expected.shape) || size !== value.values.length) {
    throw mismatch(weights, expected, `${expected.name} of shape ${shapeText(value?.shape ?? [])}`);
  }
  return value;
}

/** Compares a tensor that a file declares with the manifest, before anything runs. Raises ModelError `mismatch`. */
export function checkDeclared(
  declared: readonly TensorDeclaration[],
  expected: TensorShape & { readonly type?: string },
  weights: Weights,
): void {
  const found = declared.find(({ name }) => name === expected.name);
  if (found === undefined) {
    throw mismatch(weights, expected, `no tensor of that name among ${declared.map(({ name }) => name).join(", ")}`);
  }
  if (found.type !== (expected.type ?? "float32") || !agrees(found.shape, expected.shape)) {
    throw mismatch(weights, expected, `${found.name}, ${found.type} of shape ${shapeText(found.shape)}`);
  }
}

/** Names stand for any size. */
function agrees(shape: readonly (number | string)[], expected: readonly (number | string)[]): boolean {
  const isSame = (edge: number | string, i: number) =>
    typeof edge === "string" || typeof expected[i] === "string" || edge === expected[i];
  return shape.length === expected.length && shape.every(isSame);
}

function mismatch(
  { path, file }: Weights,
  expected: TensorShape & { readonly type?: string },
  received: string,
): ModelError {
  return new ModelError("mismatch", path, {
    received: `${file} with ${received}`,
    expected: `${expected.name}, ${expected.type ?? "float32"} of shape ${shapeText(expected.shape)}, as its manifest says`,
    remedy: "Take the manifest that came with this model, or the model that came with this manifest.",
  });
}

function shapeText(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}
