/**
 * Frames that are integer formulas of a seed, so that Python (test/golden/filters/generate.py) builds the same bytes.
 *
 * @module
 */
import type { GreyImage } from "../../src/stream/base/frame.js";

export const TEST_CONTENTS = ["noise", "two-level", "discs", "flat", "saturated"] as const;

/**
 * `discs` is bright discs on a slope under near-Gaussian noise of 12 levels; `noise` uniform bytes; `two-level` only 0 and 255; `flat` one
 * level; `saturated` is discs four times as bright from level 60 on, so that they, and much of the noise, are cut off at 0 and 255.
 */
export type TestContent = (typeof TEST_CONTENTS)[number];

export interface TestFrameSpec {
  readonly content: TestContent;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
}

/** A full-avalanche hash of 32-bit integers (Wellons' lowbias32). */
function hash32(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly level: number;
}

function discsOf({ seed, width, height }: TestFrameSpec): readonly Disc[] {
  return Array.from({ length: 1 + Math.floor((width * height) / 4096) }, (_, disc) => {
    const [a, b, c] = [0, 1, 2].map((i) => hash32(seed * 4096 + disc * 3 + i)) as [number, number, number];
    return { x: a % width, y: b % height, radius: 4 + (c % 17), level: 130 + ((c >>> 8) % 110) };
  });
}

function discLevel(discs: readonly Disc[], x: number, y: number): number {
  const last = discs.findLast((disc) => (x - disc.x) ** 2 + (y - disc.y) ** 2 <= disc.radius ** 2);
  return last?.level ?? 60 + ((x * 3 + y * 2) >> 6);
}

function byteSum(word: number): number {
  return (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
}

/** The 8-bit frame of a specification. */
export function testFrame(spec: TestFrameSpec): GreyImage & { readonly levels: Uint8Array } {
  const { content, seed, width, height } = spec;
  const discs = content === "discs" || content === "saturated" ? discsOf(spec) : [];
  const gain = content === "saturated" ? 4 : 1;
  const levels = Uint8Array.from({ length: width * height }, (_, i) => {
    const noise = hash32(i + Math.imul(seed, 0x9e3779b1));
    if (content === "noise") return noise >>> 24;
    if (content === "two-level") return (noise & 1) * 255;
    if (content === "flat") return seed % 256;
    const level = discLevel(discs, i % width, Math.floor(i / width)) + (((byteSum(noise) - 510) * 21) >> 8);
    return Math.min(255, Math.max(0, gain === 1 ? level : (level - 60) * gain));
  });
  return { widthPx: width, heightPx: height, levels };
}

/** The same frame as float levels between the integers: `level * 0.75 + 0.31 * (i mod 3)`. */
export function floatTestFrame(spec: TestFrameSpec): GreyImage & { readonly levels: Float32Array } {
  const { widthPx, heightPx, levels } = testFrame(spec);
  return { widthPx, heightPx, levels: Float32Array.from(levels, (level, i) => level * 0.75 + 0.31 * (i % 3)) };
}
