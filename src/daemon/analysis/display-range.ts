/**
 * Which intensities are 0 and 255 on the grey scale of a frame, given its own and those of its stream.
 *
 * @module
 */
import type { DisplayRange } from "../../stream/base/frame.js";

/** What is wanted of the range of a frame. */
export interface WantedRange {
  /** That of its stream; `null`: the frame is alone. */
  readonly stream: DisplayRange | null;
  /** Set by hand, each for itself; `null`: chosen. */
  readonly displayLow: number | null;
  readonly displayHigh: number | null;
}

export const FRAME_ALONE: WantedRange = Object.freeze({ stream: null, displayLow: null, displayHigh: null });

/** A frame that reaches further than this beyond its stream's range, in widths of that, has nothing to do with it. */
const FAR_WIDTHS = 2;

/** Ends that differ by less than this part of a range's width are the same, for who looks and for who measures. */
const LIKENESS = 0.25;

/**
 * The range of a frame: what was set by hand, else that of its stream. A frame far outside that (a shutter that opened, a flash) would be
 * all black or all white: it keeps its own. One that is darker or flatter does not: its noise must not become contrast.
 */
export function chosenRange(frameRange: DisplayRange, { stream, displayLow, displayHigh }: WantedRange): DisplayRange {
  const { low, high } = stream === null || isFarOutside(frameRange, stream) ? frameRange : stream;
  if (displayLow !== null && displayHigh !== null) return ordered(displayLow, displayHigh);
  // The end that is not set stays, or keeps its distance where it would lie on the wrong side.
  if (displayLow !== null) return ordered(displayLow, high > displayLow ? high : displayLow + (high - low));
  if (displayHigh !== null) return ordered(low < displayHigh ? low : displayHigh - (high - low), displayHigh);
  return { low, high };
}

function ordered(a: number, b: number): DisplayRange {
  const low = Math.min(a, b);
  return { low, high: Math.max(a, b, low + Math.max(1e-6, Math.abs(low) * 1e-6)) };
}

/** Whether a frame reaches far above or below a range, or does not touch it. */
export function isFarOutside(frame: DisplayRange, stream: DisplayRange): boolean {
  const width = stream.high - stream.low;
  const isApart = frame.low >= stream.high || frame.high <= stream.low;
  return isApart || frame.high > stream.high + FAR_WIDTHS * width || frame.low < stream.low - FAR_WIDTHS * width;
}

/** Whether two ranges are the same for all purposes. */
export function isAlike(range: DisplayRange, reference: DisplayRange): boolean {
  const tolerance = LIKENESS * (reference.high - reference.low);
  return Math.abs(range.low - reference.low) <= tolerance && Math.abs(range.high - reference.high) <= tolerance;
}
