/**
 * How the frames of a call become batches of one dispatch each.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";
import type { LevelDepth } from "../kernels/kernel.js";

/** Frames of one size and depth, and their places in the call. */
export interface FrameBatch {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly depth: LevelDepth;
  readonly images: readonly GreyImage[];
  readonly places: readonly number[];
}

/** Frames of a batch lie this far apart, bytes: whole words, rows with padding (as results have it) or without. */
export function framePitchBytes({ widthPx, heightPx, levels }: GreyImage): number {
  return outStridePx(widthPx) * heightPx * levels.BYTES_PER_ELEMENT;
}

/** Pixels from one row of a result to the next: threads write whole words of four 8-bit levels. */
export function outStridePx(widthPx: number): number {
  return Math.ceil(widthPx / 4) * 4;
}

export function depthOf({ levels }: GreyImage): LevelDepth {
  return levels instanceof Uint8Array ? "u8" : "f32";
}

/**
 * Sorts frames by size and depth, and cuts what is more than `mostBytes` or `mostFrames`; a frame that is larger makes a batch of its own.
 * Batches come in the order of their first frames.
 */
export function batchesOf(
  images: readonly GreyImage[],
  { mostBytes, mostFrames }: { readonly mostBytes: number; readonly mostFrames: number },
): readonly FrameBatch[] {
  const places = new Map<string, number[]>();
  const batches: number[][] = [];
  for (const [place, image] of images.entries()) {
    const key = `${image.widthPx}x${image.heightPx} ${depthOf(image)}`;
    const open = places.get(key);
    const most = Math.min(mostFrames, Math.max(1, Math.floor(mostBytes / framePitchBytes(image))));
    if (open !== undefined && open.length < most) {
      open.push(place);
      continue;
    }
    const batch = [place];
    places.set(key, batch);
    batches.push(batch);
  }
  return batches.map((of) => batchAt(images, of));
}

function batchAt(images: readonly GreyImage[], places: readonly number[]): FrameBatch {
  const chosen = places.flatMap((place) => images[place] ?? []);
  const [first] = chosen;
  if (first === undefined) throw new Error("a batch without frames");
  return { widthPx: first.widthPx, heightPx: first.heightPx, depth: depthOf(first), images: chosen, places };
}

/** Brings what was computed for each batch back into the order of the call. */
export function inOrder<Result>(batches: readonly FrameBatch[], results: readonly (readonly Result[])[]): Result[] {
  const ordered: Result[] = [];
  for (const [i, { places }] of batches.entries()) {
    for (const [k, place] of places.entries()) {
      const result = results[i]?.[k];
      if (result !== undefined) ordered[place] = result;
    }
  }
  return ordered;
}
