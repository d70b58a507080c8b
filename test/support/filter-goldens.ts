/**
 * Reads test/golden/filters/cases.json, and compares a filter's output with a case.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FilterSettings } from "../../src/shaders/filter.js";
import type { GreyImage } from "../../src/stream/base/frame.js";
import { DEFAULT_SETTINGS } from "../../src/stream/base/settings.js";
import { imageDifference } from "./image-difference.js";
import { type TestFrameSpec, testFrame } from "./test-frames.js";

/** A part of an output, stored in full. */
interface GoldenWindow {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly base64: string;
}

interface GoldenShape {
  readonly input: TestFrameSpec & { readonly sha256: string };
  readonly output: { readonly sha256: string; readonly windows: readonly GoldenWindow[] };
}

export type FilterGolden = GoldenShape &
  (
    | { readonly filter: "nlm"; readonly h: number }
    | { readonly filter: "gaussian"; readonly kernelPx: number; readonly sigmaPx: number }
  );

const FILE = new URL("../golden/filters/cases.json", import.meta.url);

/** Every case. */
export const FILTER_GOLDENS: readonly FilterGolden[] = JSON.parse(readFileSync(FILE, "utf8")).cases;

/** `nlm h 10 on discs 512 x 512`. */
export function goldenName(golden: FilterGolden): string {
  const { content, width, height } = golden.input;
  const how = golden.filter === "nlm" ? `nlm h ${golden.h}` : `gaussian ${golden.kernelPx} px, sigma ${golden.sigmaPx}`;
  return `${how} on ${content} ${width} x ${height}`;
}

/** The settings that ask a filter for a case. */
export function goldenSettings(golden: FilterGolden): FilterSettings {
  return golden.filter === "nlm"
    ? { ...DEFAULT_SETTINGS, filter: "nlm", nlmH: golden.h }
    : { ...DEFAULT_SETTINGS, filter: "gaussian", gaussianKernelPx: golden.kernelPx, gaussianSigmaPx: golden.sigmaPx };
}

function sha256(bytes: Uint8Array | Float32Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The input of a case, checked against the generator's. */
export function goldenInput({ input }: FilterGolden): GreyImage {
  const image = testFrame(input);
  if (sha256(image.levels) !== input.sha256)
    throw new Error(`the frame ${JSON.stringify(input)} is not the generator's`);
  return image;
}

function crop(image: GreyImage, { x, y, width, height }: GoldenWindow): GreyImage {
  const levels = Uint8Array.from({ length: width * height }, (_, i) => {
    return image.levels[(y + Math.floor(i / width)) * image.widthPx + x + (i % width)] ?? 0;
  });
  return { widthPx: width, heightPx: height, levels };
}

/** Where an output differs from OpenCV's, or `null`. */
export function goldenDifference(actual: GreyImage | undefined, { input, output }: FilterGolden): string | null {
  if (actual === undefined) return "no image at all";
  if (actual.widthPx !== input.width || actual.heightPx !== input.height) return "an image of another size";
  if (sha256(actual.levels) === output.sha256) return null;
  for (const window of output.windows) {
    const { x, y, width: widthPx, height: heightPx } = window;
    const expected = { widthPx, heightPx, levels: new Uint8Array(Buffer.from(window.base64, "base64")) };
    const difference = imageDifference(crop(actual, window), expected);
    if (difference !== null) return `in the window at (${x}, ${y}): ${difference}`;
  }
  return "pixels differ outside of the stored windows";
}
