/**
 * The grey scale of a frame: its display range, the clean step that makes every pixel finite, and intensity histograms.
 *
 * @module
 */
import {
  type DisplayRange,
  type Frame,
  FrameRejectedError,
  type GreyImage,
  type PixelData,
} from "../../stream/base/frame.js";
import { chosenRange, FRAME_ALONE, type WantedRange } from "./display-range.js";
import { quantileOf } from "./quantile.js";
import { sortedSample } from "./sample.js";

/** Fractions of the pixels that lie below and above the display range of frames that are not 8-bit. */
const TAIL_FRACTION = 0.001;

/** Pixels that the display range is taken from: the 0.1 % tails are then 16 pixels each. */
const RANGE_SAMPLES = 16_384;

/** Largest part of a frame that may be not finite. */
const MAX_NOT_FINITE_FRACTION = 0.5;

/**
 * Largest level of a grey image: sums over any kernel stay finite, and a pixel 4,000 times brighter than the brightest of the
 * picture says nothing more.
 */
const MAX_LEVEL = 1e6;

/**
 * A pixel this many widths of the display range outside of it is dead, hot or hit by a cosmic ray when it stands alone: a network that
 * brings a picture to unit contrast would see nothing but it.
 */
const STRAY_WIDTHS = 4;

/** Neighbours that may be as far outside as a pixel that counts as alone: a ray can cross two. More are a particle. */
const STRAY_NEIGHBOURS = 1;

/** Levels of an intensity histogram. */
const LEVELS = 256;

/** A frame on the grey scale. */
export interface CleanFrame {
  readonly grey: GreyImage;
  /** The intensities that are 0 and 255 in `grey`. */
  readonly range: DisplayRange;
  /** What they would be if the frame were alone. */
  readonly frameRange: DisplayRange;
  /** Pixels that were not finite, or stood alone far outside the range, and were replaced. */
  readonly replacedPixels: number;
}

/**
 * The intensities that map to 0 and 255: 0..255 for 8-bit frames, else the 0.1 % and 99.9 % quantiles of the finite pixels, so that
 * dead and saturated pixels do not decide the picture. Large frames are sampled evenly. 0..1 where no pixel is finite.
 */
export function displayRange(frame: Frame): DisplayRange {
  if (frame.pixels instanceof Uint8Array) return { low: 0, high: 255 };
  const sorted = sortedSample(frame, { size: RANGE_SAMPLES });
  const low = quantileOf(sorted, TAIL_FRACTION) ?? 0;
  const high = quantileOf(sorted, 1 - TAIL_FRACTION) ?? 1;
  return high > low ? { low, high } : { low, high: low + Math.max(1, Math.abs(low) * 1e-6) };
}

/**
 * Cleans a frame and puts it on the grey scale: pixels that are not finite, and those that stand alone far outside the range, take the
 * mean of their sound neighbours, or the median of the frame where they have none. The frame itself is not changed; an 8-bit frame shares its pixels with the result.
 *
 * `wanted` says which intensities are 0 and 255; without it the frame's own range does. Levels are bounded to +-10^6. Raises
 * FrameRejectedError `not-finite` where more than half of the pixels are not finite.
 */
export function toGreyImage(frame: Frame, wanted: WantedRange = FRAME_ALONE): CleanFrame {
  const { widthPx, heightPx, pixels } = frame;
  const frameRange = displayRange(frame);
  if (pixels instanceof Uint8Array) {
    return { grey: { widthPx, heightPx, levels: pixels }, range: frameRange, frameRange, replacedPixels: 0 };
  }
  const range = chosenRange(frameRange, wanted);
  const { unsound, notFinite } = unsoundPixels(frame, soundRangeOf(range));
  if (notFinite > MAX_NOT_FINITE_FRACTION * pixels.length) throw notFiniteError(notFinite, pixels.length);
  const replaced = unsound.length === 0 ? pixels : withReplaced(frame, unsound, soundRangeOf(range));
  const levels = levelsOf(replaced, range);
  return { grey: { widthPx, heightPx, levels }, range, frameRange, replacedPixels: unsound.length };
}

/** Intensities on the grey scale, bounded. */
function levelsOf(pixels: PixelData, { low, high }: DisplayRange): Float32Array {
  const scale = 255 / (high - low);
  const levels = new Float32Array(pixels.length);
  for (let index = 0; index < pixels.length; index++) {
    const level = (pixels[index] - low) * scale;
    levels[index] = Math.max(-MAX_LEVEL, Math.min(MAX_LEVEL, level));
  }
  return levels;
}

function soundRangeOf({ low, high }: DisplayRange): DisplayRange {
  const reach = STRAY_WIDTHS * (high - low);
  return { low: low - reach, high: high + reach };
}

/** A copy of the frame's pixels in which those at `indices` are replaced. */
function withReplaced(frame: Frame, indices: readonly number[], sound: DisplayRange): Float32Array {
  const replaced = Float32Array.from(frame.pixels);
  const median = quantileOf(sortedSample(frame, { size: RANGE_SAMPLES }), 0.5) ?? 0;
  for (const index of indices) replaced[index] = meanOfNeighbours(frame, index, sound) ?? median;
  return replaced;
}

/** Pixels that are no measurement, and how many of them are not finite. */
function unsoundPixels(
  frame: Frame,
  sound: DisplayRange,
): { readonly unsound: readonly number[]; readonly notFinite: number } {
  const { pixels } = frame;
  const { low, high } = sound;
  const unsound: number[] = [];
  let notFinite = 0;
  for (let index = 0; index < pixels.length; index++) {
    const value = pixels[index];
    // Not the other way round: NaN is neither above nor below anything.
    if (value >= low && value <= high) continue;
    if (!Number.isFinite(value)) notFinite++;
    else if (strayNeighbours(frame, index, sound) > STRAY_NEIGHBOURS) continue;
    unsound.push(index);
  }
  return { unsound, notFinite };
}

/** Finite neighbours of a pixel that are as far outside as it is. */
function strayNeighbours(frame: Frame, index: number, { low, high }: DisplayRange): number {
  let count = 0;
  for (const value of neighboursOf(frame, index)) if (Number.isFinite(value) && (value < low || value > high)) count++;
  return count;
}

/** Mean of the sound ones among the eight neighbours of a pixel, as the frame gave them; `null` without any. */
function meanOfNeighbours(frame: Frame, index: number, { low, high }: DisplayRange): number | null {
  const sound = neighboursOf(frame, index).filter((value) => value >= low && value <= high);
  return sound.length === 0 ? null : sound.reduce((sum, value) => sum + value, 0) / sound.length;
}

/** The intensities of the up to eight pixels around one. */
function neighboursOf({ widthPx, heightPx, pixels }: Frame, index: number): readonly number[] {
  const x = index % widthPx;
  const y = (index - x) / widthPx;
  const around: number[] = [];
  for (let row = Math.max(0, y - 1); row <= Math.min(heightPx - 1, y + 1); row++) {
    for (let column = Math.max(0, x - 1); column <= Math.min(widthPx - 1, x + 1); column++) {
      if (row !== y || column !== x) around.push(pixels[row * widthPx + column]);
    }
  }
  return around;
}

function notFiniteError(notFinite: number, total: number): FrameRejectedError {
  return new FrameRejectedError("not-finite", {
    received: `a frame in which ${notFinite} of ${total} pixels are NaN or infinite`,
    expected: "at least half of the pixels finite",
    remedy: "Check the detector's export; a frame of another type may have been read as float.",
  });
}

/** Counts of the levels 0..255 of a grey image, rounded; levels outside are counted in the first and last bin. */
export function intensityHistogram(levels: GreyImage["levels"]): Uint32Array {
  if (levels instanceof Uint8Array) return byteHistogram(levels);
  const counts = new Uint32Array(LEVELS);
  for (let index = 0; index < levels.length; index++) {
    counts[Math.floor(Math.min(LEVELS - 1, Math.max(0, levels[index])) + 0.5)]++;
  }
  return counts;
}

/** Four counts of each level, added at the end: a run of equal pixels does not wait for its own last increment. Twice as fast. */
function byteHistogram(levels: Uint8Array): Uint32Array {
  const counts = new Uint32Array(4 * LEVELS);
  const whole = levels.length - (levels.length % 4);
  for (let index = 0; index < whole; index += 4) {
    counts[levels[index]]++;
    counts[LEVELS + levels[index + 1]]++;
    counts[2 * LEVELS + levels[index + 2]]++;
    counts[3 * LEVELS + levels[index + 3]]++;
  }
  for (let index = whole; index < levels.length; index++) counts[levels[index]]++;
  const sums = counts.slice(0, LEVELS);
  for (let level = 0; level < LEVELS; level++) {
    sums[level] += counts[LEVELS + level] + counts[2 * LEVELS + level] + counts[3 * LEVELS + level];
  }
  return sums;
}
