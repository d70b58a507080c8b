/**
 * The strength of non-local means that suits a frame, from its noise.
 *
 * Measured on the paper's frames at SNR 14.5, 7.5 and 4 and on HAADF frames of the same particles, against the strength of the best PSNR:
 * near the noise itself where particles stand out clearly, more where nearly all is noise, and much more where edges are so steep that
 * noise alone lets nothing match them.
 *
 * @module
 */
import { NLM_H_RANGE } from "../../stream/base/settings.js";
import type { LevelNoise } from "./noise.js";

/** Strength over noise where particles stand out clearly. */
const CLEAR = 1.04;
/** Structure, as {@link LevelNoise} has it, below which noise begins to rule, what it can be measured to, and what each e-th less adds. */
const FAINT = { below: 0.034, least: 0.0008, slope: 0.2 } as const;
/** Structure above which edges begin to rule, what each e-th more adds, and where that ends. */
const STEEP = { above: 0.17, most: 30, slope: 0.22 } as const;

/** Strengths are rounded to this, grey levels, so that frames of a stream share tables and batches: 0.05 dB at most. */
const STEP = 0.1;

/** Strength for noise of `sigma` grey levels in a frame of this `structure`, within {@link NLM_H_RANGE}. */
export function nlmStrength({ sigma, structure }: Pick<LevelNoise, "sigma" | "structure">): number {
  const faint = FAINT.slope * Math.log(FAINT.below / Math.max(FAINT.least, Math.min(FAINT.below, structure)));
  const steep = STEEP.slope * Math.log(Math.min(STEEP.most, Math.max(STEEP.above, structure)) / STEEP.above);
  const strength = Math.round(((CLEAR + faint + steep) * sigma) / STEP) * STEP;
  return Math.max(NLM_H_RANGE.min, Math.min(NLM_H_RANGE.max, strength));
}
