/**
 * What is really in a simulated frame.
 *
 * @module
 */
import type { Shape } from "./shape.js";

/** One particle as it is, not as it looks: before point spread, motion blur and noise. */
export interface TrueParticle {
  /** Number in this frame's labels, from 1. */
  readonly id: number;
  /** Number through all frames of a movie; equals `id` in a single frame. */
  readonly trackId: number;
  /** The body with its dimensions, nm. */
  readonly shape: Shape;
  /** Centre, px from the left and top edge of the frame; pixel centres lie at .5. May lie outside for a particle that is cut. */
  readonly xPx: number;
  readonly yPx: number;
  /** Of the body's axis to +x, turning towards +y. */
  readonly orientationRad: number;
  /** Of the whole outline, by formula. */
  readonly projectedAreaNm2: number;
  /** Area-equivalent circular diameter, 2 sqrt(area / pi). */
  readonly ecdNm: number;
  /** The greatest along the beam. */
  readonly thicknessNm: number;
  /** Pixels of the frame whose centres lie inside the outline, whatever lies on top. */
  readonly maskAreaPx2: number;
  /** Pixels of the frame that carry this particle's label: the mask less what lies on top. */
  readonly labelAreaPx2: number;
  /** Whether the outline crosses the edge of the frame. */
  readonly touchesBorder: boolean;
}

/** The truth of one frame. */
export interface Truth {
  readonly widthPx: number;
  readonly heightPx: number;
  /** nm/px. */
  readonly pixelSizeNm: number;
  /** Row-major particle numbers, 0 for background. Where particles overlap, the one with the higher number. */
  readonly labels: Uint16Array;
  /** Every particle of which at least one pixel is in the frame; `particles[i].id` is `i + 1`. */
  readonly particles: readonly TrueParticle[];
}
