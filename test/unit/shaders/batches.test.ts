import { describe, expect, test } from "vitest";
import { batchesOf, inOrder } from "../../../src/shaders/gpu/batches.js";
import type { GreyImage } from "../../../src/stream/base/frame.js";

function frame(widthPx: number, heightPx: number, depth: "u8" | "f32" = "u8"): GreyImage {
  const pixels = widthPx * heightPx;
  return { widthPx, heightPx, levels: depth === "u8" ? new Uint8Array(pixels) : new Float32Array(pixels) };
}

function placesOf(images: readonly GreyImage[], limits = { mostBytes: 1000, mostFrames: 100 }) {
  return batchesOf(images, limits).map(({ places }) => places);
}

describe("frames become batches", () => {
  test("of one size and depth, wherever they stand", () => {
    const images = [frame(4, 4), frame(4, 5), frame(4, 4), frame(4, 4, "f32"), frame(4, 5)];
    expect(placesOf(images)).toEqual([[0, 2], [1, 4], [3]]);
  });

  test("that fit into a buffer, rows padded to whole words", () => {
    // 5 x 10 px take 8 x 10 bytes.
    const images = Array.from({ length: 5 }, () => frame(5, 10));
    expect(placesOf(images, { mostBytes: 160, mostFrames: 100 })).toEqual([[0, 1], [2, 3], [4]]);
    expect(placesOf(images, { mostBytes: 159, mostFrames: 100 })).toEqual([[0], [1], [2], [3], [4]]);
  });

  test("of no more frames than a dispatch has workgroups", () => {
    const images = Array.from({ length: 5 }, () => frame(1, 1));
    expect(placesOf(images, { mostBytes: 1000, mostFrames: 3 })).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  test("alone where they are larger than a batch", () => {
    expect(placesOf([frame(64, 64), frame(64, 64)])).toEqual([[0], [1]]);
  });

  test("and their results stand where the frames stood", () => {
    const images = [frame(4, 4), frame(4, 5), frame(4, 4)];
    const batches = batchesOf(images, { mostBytes: 1000, mostFrames: 100 });
    expect(inOrder(batches, [["a", "c"], ["b"]])).toEqual(["a", "b", "c"]);
  });

  test("none of no frames", () => {
    expect(placesOf([])).toEqual([]);
  });
});
