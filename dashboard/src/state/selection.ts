/**
 * Which particle the reader points at and which one is marked.
 *
 * Particles are numbered anew in each frame, so a picked one is followed by its place: the particle whose centroid is nearest, as
 * long as it lies inside the circle of the old one's diameter.
 *
 * @module
 */
import type { ParticleTable } from "../../../src/stream/base/particles.js";
import type { Cell, ReadonlyCell } from "./cell.js";
import { createCell } from "./cell.js";
import type { FrameParticles } from "./store.js";

/** A particle of the frame that is shown. */
export interface PickedParticle {
  /** Row of the table; outline of the picture. */
  readonly index: number;
  readonly xPx: number;
  readonly yPx: number;
  readonly ecdPx: number;
}

export interface Selection {
  /** Under the pointer, in the picture or in the table. */
  readonly pointed: Cell<PickedParticle | null>;
  /** Chosen by a click; stays. */
  readonly marked: Cell<PickedParticle | null>;
}

export function createSelection(particles: ReadonlyCell<FrameParticles | null>): Selection {
  const pointed = createCell<PickedParticle | null>(null);
  const marked = createCell<PickedParticle | null>(null);
  particles.subscribe(() => {
    const table = particles.get()?.table;
    for (const cell of [pointed, marked]) {
      const picked = cell.get();
      if (picked !== null) cell.set(table === undefined ? null : follow(picked, table));
    }
  });
  return { pointed, marked };
}

/** Particle `index` of `table`, or `null` where there is none. */
export function pick(table: ParticleTable, index: number): PickedParticle | null {
  const xPx = table.centroidXPx[index];
  const yPx = table.centroidYPx[index];
  const ecdPx = table.ecdPx[index];
  if (xPx === undefined || yPx === undefined || ecdPx === undefined) return null;
  return { index, xPx, yPx, ecdPx };
}

/** The picked particle in the next frame, or `null` when it is gone. */
export function follow(picked: PickedParticle, table: ParticleTable): PickedParticle | null {
  let nearest: PickedParticle | null = null;
  let nearestPx = picked.ecdPx / 2;
  for (let index = 0; index < table.id.length; index += 1) {
    const candidate = pick(table, index);
    if (candidate === null) continue;
    const distancePx = Math.hypot(candidate.xPx - picked.xPx, candidate.yPx - picked.yPx);
    if (distancePx > nearestPx) continue;
    nearest = candidate;
    nearestPx = distancePx;
  }
  return nearest;
}
