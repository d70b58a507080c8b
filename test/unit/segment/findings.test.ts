import { describe, expect, it } from "vitest";
import { ModelError } from "../../../src/daemon/inference/model-error.js";
import type { TensorValue } from "../../../src/daemon/inference/runtime.js";
import { findingsOf, type OutputReader } from "../../../src/daemon/segment/findings.js";

const WEIGHTS = { file: "m.onnx", sha256: "", path: "m.onnx", bytes: new Uint8Array() };

function reader(masks: Partial<OutputReader["outputs"]["masks"]>, labels?: readonly number[]): OutputReader {
  return {
    outputs: {
      boxes: { name: "boxes", shape: ["batch", "n", 4] },
      scores: { name: "scores", shape: ["batch", "n"] },
      masks: { name: "masks", shape: ["batch", "n", 2, 2], extent: "box", scale: 1, offsetPx: 0, ...masks },
      ...(labels === undefined ? {} : { labels: { name: "labels", shape: ["batch", "n"], particles: [...labels] } }),
    },
    weights: WEIGHTS,
    tileWidthPx: 8,
    tileHeightPx: 6,
  };
}

/** Two tiles of two rows each; the second row of the second tile is padding. */
function values(changes: Readonly<Record<string, TensorValue>> = {}): ReadonlyMap<string, TensorValue> {
  return new Map<string, TensorValue>(
    Object.entries({
      boxes: { shape: [2, 2, 4], values: Float32Array.of(0, 0, 4, 4, 2, 1, 6, 3, 1, 1, 3, 5, 0, 0, 0, 0) },
      scores: { shape: [2, 2], values: Float32Array.of(0.9, 0.4, 0.8, 0) },
      masks: { shape: [2, 2, 2, 2], values: Float32Array.from({ length: 16 }, (_, i) => i / 16) },
      labels: { shape: [2, 2], values: BigInt64Array.of(1n, 2n, 1n, 1n) },
      ...changes,
    }),
  );
}

describe("findingsOf", () => {
  it("gives each tile its own rows, without the padding", () => {
    const [first, second] = findingsOf(values(), 2, reader({}));
    expect(first.map(({ box }) => box)).toEqual([
      { x0: 0, y0: 0, x1: 4, y1: 4 },
      { x0: 2, y0: 1, x1: 6, y1: 3 },
    ]);
    expect(second.map(({ box }) => box)).toEqual([{ x0: 1, y0: 1, x1: 3, y1: 5 }]);
    expect([...second[0].mask.probabilities]).toEqual([8 / 16, 9 / 16, 10 / 16, 11 / 16]);
  });

  it("puts masks over their box, enlarged and moved as the manifest says", () => {
    const [[, row]] = findingsOf(values(), 2, reader({ scale: 1.5, offsetPx: 0.5 }));
    expect(row.maskBox).toEqual({ x0: 1.5, y0: 1, x1: 7.5, y1: 4 });
  });

  it("cuts pasted masks out of the tile, a pixel around the box, inside the tile", () => {
    const pasted = Float32Array.from({ length: 4 * 6 * 8 }, (_, i) => i);
    const masks = { shape: [2, 2, 6, 8], values: pasted };
    const [[corner, inner]] = findingsOf(values({ masks }), 2, reader({ shape: ["batch", "n", 6, 8], extent: "tile" }));
    expect(corner.maskBox).toEqual({ x0: 0, y0: 0, x1: 5, y1: 5 });
    expect(inner.maskBox).toEqual({ x0: 1, y0: 0, x1: 7, y1: 4 });
    expect([inner.mask.columns, inner.mask.rows]).toEqual([6, 4]);
    expect([...inner.mask.probabilities.subarray(0, 7)]).toEqual([49, 50, 51, 52, 53, 54, 57]);
  });

  it("keeps the classes that are particles", () => {
    const [first, second] = findingsOf(values(), 2, reader({}, [2]));
    expect(first.map(({ score }) => Math.round(score * 10))).toEqual([4]);
    expect(second).toEqual([]);
  });

  it("refuses outputs that are not what the manifest says", () => {
    const wrong = [
      { scores: { shape: [4], values: new Float32Array(4) } },
      { boxes: { shape: [2, 2, 4], values: new Float32Array(15) } },
      { masks: { shape: [2, 2, 3, 3], values: new Float32Array(36) } },
      { scores: { shape: [2, 2], values: new BigInt64Array(4) } },
    ];
    for (const changes of wrong) {
      expect(() => findingsOf(values(changes), 2, reader({}))).toThrow(ModelError);
    }
  });
});
