/**
 * What every kind of truth offers, whatever files it comes in.
 *
 * @module
 */
import type { FrameTruth } from "../evaluation/truth.js";

/** How truth is written down. */
export const TRUTH_FORMATS = ["yolo", "mask", "labels", "coco"] as const;
export type TruthFormat = (typeof TRUTH_FORMATS)[number];

/** Size of an image whose truth is asked for. */
export interface ImageSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** The truth of one image, found but not read. */
export interface TruthEntry {
  /** What names it: `label_3.png`, or the name of an image in a COCO file. */
  readonly name: string;
  /** Reads it for an image of this size. Raises TruthError, and FrameRejectedError for a picture that does not decode. */
  read(image: ImageSize): Promise<FrameTruth>;
}
