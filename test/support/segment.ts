/**
 * Images for the tests of segmenters, from integer arithmetic that any language can repeat, and the plain answers to compare with.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { SegmentSettings } from "../../src/daemon/segment/segmenter.js";
import type { Detection } from "../../src/stream/base/detection.js";
import type { GreyImage } from "../../src/stream/base/frame.js";

/** Edges at Otsu's level, so that regions are those of OpenCV's binary image. */
export const SETTINGS: SegmentSettings = {
  scoreThreshold: 0.5,
  zoom: null,
  minAreaPx2: 20,
  polarity: "auto",
  fillHoles: true,
  edge: "otsu",
};

/** Top bytes of a linear congruential generator (Numerical Recipes); the twin of `random_bytes` in test/golden/otsu/generate.py. */
export function randomBytes(count: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** The levels of pixel `i` from three random bytes; the twins of `image` in test/golden/otsu/generate.py. */
const LEVELS: Readonly<Record<string, (a: number, b: number, c: number) => number>> = {
  uniform: (a) => a,
  "two-classes": (a, b, c) => (c < 64 ? 150 : 60) + Math.floor((a + b) / 8) - 32,
  narrow: (a, b, c) => 100 + Math.floor((a + b + c) / 96),
  specks: (a, _b, c) => (c < 8 ? 220 : 40) + Math.floor(a / 16),
  "two-levels": (a) => (a < 128 ? 17 : 201),
  flat: () => 77,
};

/** An image of a kind that test/golden/otsu/cases.json names. */
export function goldenImage(kind: string, widthPx: number, heightPx: number, seed: number): GreyImage {
  const count = widthPx * heightPx;
  const [a, b, c] = [0, 1, 2].map((k) => randomBytes(count, seed + k));
  const level = LEVELS[kind];
  return { widthPx, heightPx, levels: Uint8Array.from({ length: count }, (_, i) => level(a[i], b[i], c[i])) };
}

export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A disc, centre in px from the left and top edge. */
export interface Disc {
  readonly x: number;
  readonly y: number;
  readonly diameter: number;
}

export interface DiscFrame {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly discs: readonly Disc[];
  /** Grey levels of background and discs. */
  readonly background?: number;
  readonly particle?: number;
  /** Half width of the noise, grey levels. */
  readonly noise?: number;
}

/** Discs with edges as sharp as pixels allow: a pixel half covered lies half-way. */
export function discFrame({
  widthPx,
  heightPx,
  discs,
  background = 60,
  particle = 140,
  noise = 0,
}: DiscFrame): GreyImage {
  const cover = new Float32Array(widthPx * heightPx);
  for (const disc of discs) {
    const reach = disc.diameter / 2 + 1;
    for (let y = Math.max(0, Math.floor(disc.y - reach)); y < Math.min(heightPx, disc.y + reach); y++) {
      for (let x = Math.max(0, Math.floor(disc.x - reach)); x < Math.min(widthPx, disc.x + reach); x++) {
        const inside = disc.diameter / 2 - Math.hypot(x + 0.5 - disc.x, y + 0.5 - disc.y) + 0.5;
        cover[y * widthPx + x] = Math.max(cover[y * widthPx + x], Math.min(1, inside));
      }
    }
  }
  const levels = randomBytes(widthPx * heightPx, 1).map((byte, i) =>
    Math.round(background + (particle - background) * cover[i] + noise * (byte / 127.5 - 1)),
  );
  return { widthPx, heightPx, levels };
}

/** Discs on a grid, `spacing` px apart. */
export function discGrid(columns: number, rows: number, spacing: number, diameter: number): readonly Disc[] {
  return Array.from({ length: columns * rows }, (_, i) => ({
    x: ((i % columns) + 0.5) * spacing,
    y: (Math.floor(i / columns) + 0.5) * spacing,
    diameter,
  }));
}

/** The image with its grey scale turned round. */
export function inverted({ widthPx, heightPx, levels }: GreyImage): GreyImage {
  return { widthPx, heightPx, levels: levels.map((level) => 255 - level) };
}

/** Centroid, px from the left and top edge, and pixel count of a mask. */
export function centroidOf({ mask }: Detection): { readonly x: number; readonly y: number; readonly area: number } {
  let [x, y, area] = [0, 0, 0];
  mask.values.forEach((value, i) => {
    if (value < 0.5) return;
    x += mask.xPx + (i % mask.widthPx) + 0.5;
    y += mask.yPx + Math.floor(i / mask.widthPx) + 0.5;
    area += 1;
  });
  return { x: x / area, y: y / area, area };
}

/** For each disc, how many detections have their centroid in it. */
export function hits(discs: readonly Disc[], detections: readonly Detection[]): readonly number[] {
  const centroids = detections.map(centroidOf);
  return discs.map(
    (disc) => centroids.filter(({ x, y }) => Math.hypot(x - disc.x, y - disc.y) < disc.diameter / 2).length,
  );
}

/** Which pixels belong to any detection, 1 or 0. */
export function covered({ widthPx, heightPx }: GreyImage, detections: readonly Detection[]): Uint8Array {
  const pixels = new Uint8Array(widthPx * heightPx);
  for (const { mask } of detections) {
    mask.values.forEach((value, i) => {
      const y = mask.yPx + Math.floor(i / mask.widthPx);
      if (value >= 0.5) pixels[y * widthPx + mask.xPx + (i % mask.widthPx)] = 1;
    });
  }
  return pixels;
}
