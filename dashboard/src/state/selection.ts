/**
 * Which particle the reader points at and which one is marked.
 *
 * Particles are numbered anew in each frame, so a marked one is followed by its place: the particle whose centroid is nearest,
 * as long as it lies inside the circle of the old one's diameter.
 *
 * @module
 */
import type { ParticleTable } from "../../../src/stream/base/particles.js";
import type { Cell } from "./cell.js";
import { createCell } from "./cell.js";

export interface MarkedParticle {
  readonly index: number;
  readonly xPx: number;
  readonly yPx: number;
  readonly ecdPx: number;
}

export interface Selection {
  /** Row under the pointer, in the table shown now. */
  readonly pointed: Cell<number | null>;
  readonly marked: Cell<MarkedParticle | null>;
}

export function createSelection(): Selection {
  return { pointed: createCell<number | null>(null), marked: createCell<MarkedParticle | null>(null) };
}

/** Particle `index` of `table` as a mark, or `null` where there is none. */
export function markedAt(table: ParticleTable, index: number): MarkedParticle | null {
  const xPx = table.centroidXPx[index];
  const yPx = table.centroidYPx[index];
  const ecdPx = table.ecdPx[index];
  if (xPx === undefined || yPx === undefined || ecdPx === undefined) return null;
  return { index, xPx, yPx, ecdPx };
}

/** The marked particle in the next frame, or `null` when it is gone. */
export function follow(marked: MarkedParticle, table: ParticleTable): MarkedParticle | null {
  let nearest: MarkedParticle | null = null;
  let nearestPx = marked.ecdPx / 2;
  table.id.forEach((_, index) => {
    const candidate = markedAt(table, index);
    if (candidate === null) return;
    const distancePx = Math.hypot(candidate.xPx - marked.xPx, candidate.yPx - marked.yPx);
    if (distancePx > nearestPx) return;
    nearest = candidate;
    nearestPx = distancePx;
  });
  return nearest;
}
