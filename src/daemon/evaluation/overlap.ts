/**
 * How much found and true particles overlap.
 *
 * @module
 */
import type { Box } from "../../stream/base/detection.js";
import type { FoundParticle } from "./found.js";
import { boxOfMask, maskIou } from "./pixel-mask.js";
import type { FrameTruth } from "./truth.js";

/** A true particle that a found one overlaps. */
export interface Overlap {
  /** Index of the true particle. */
  readonly truth: number;
  /** Intersection over union, above 0. */
  readonly iou: number;
}

/** For each found particle the true ones that it overlaps, in their order. */
export type Overlaps = readonly (readonly Overlap[])[];

/** Overlaps of masks where the truth has masks, else of the segmenter's boxes with the true ones. */
export function overlapsOf(found: readonly FoundParticle[], { kind, particles }: FrameTruth): Overlaps {
  return found.map((particle) => {
    const reach = kind === "masks" ? boxOfMask(particle.mask) : particle.box;
    const overlaps: Overlap[] = [];
    for (const [truth, { box, mask }] of particles.entries()) {
      if (!meet(reach, box)) continue;
      const iou = kind === "boxes" ? boxIou(particle.box, box) : mask === null ? 0 : maskIou(particle.mask, mask);
      if (iou > 0) overlaps.push({ truth, iou });
    }
    return overlaps;
  });
}

/** Intersection over union of two boxes, 0..1. */
export function boxIou(a: Box, b: Box): number {
  const width = Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0);
  const height = Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (areaOf(a) + areaOf(b) - shared);
}

/** Whether a point lies in a box, its edges included. */
export function isInBox(x: number, y: number, { x0, y0, x1, y1 }: Box): boolean {
  return x >= x0 && x <= x1 && y >= y0 && y <= y1;
}

function meet(a: Box, b: Box): boolean {
  return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

function areaOf({ x0, y0, x1, y1 }: Box): number {
  return (x1 - x0) * (y1 - y0);
}
