/**
 * Boxes as YOLO writes them: a line a particle, `class cx cy w h`, in fractions of the image.
 *
 * @module
 */
import type { Box } from "../../stream/base/detection.js";
import type { FrameTruth } from "../evaluation/truth.js";
import { TruthError } from "./errors.js";
import type { ImageSize } from "./truth-source.js";

/** Numbers of a line, the class among them. */
const FIELDS = 5;
/** Boxes that reach over the edge by rounding are taken; anything else was written in pixels. */
const MOST_FRACTION = 1.01;

/** The boxes of a file's text; an empty one says that there is no particle. Raises TruthError that names file and line. */
export function yoloTruth(text: string, name: string, image: ImageSize): FrameTruth {
  const particles = text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "") return [];
    const box = boxFrom(line, `${name}, line ${index + 1}`, image);
    return [{ box, mask: null, ecdPx: null, boundaryAreaRatioPerPx: null }];
  });
  return { kind: "boxes", ...image, particles };
}

function boxFrom(line: string, where: string, { widthPx, heightPx }: ImageSize): Box {
  const numbers = line.trim().split(/\s+/).map(Number);
  const [, cx, cy, w, h] = numbers;
  const isFraction = (value: number) => value >= 0 && value <= MOST_FRACTION;
  if (numbers.length !== FIELDS || ![cx, cy, w, h].every(isFraction) || w === 0 || h === 0) {
    throw new TruthError({
      received: `${where}: ${JSON.stringify(line.slice(0, 80))}`,
      expected: "five numbers, `class cx cy w h`, the last four in fractions of the image (0..1)",
      remedy: "Export boxes in YOLO's format; outlines go into COCO JSON or label images.",
    });
  }
  return {
    x0: (cx - w / 2) * widthPx,
    y0: (cy - h / 2) * heightPx,
    x1: (cx + w / 2) * widthPx,
    y1: (cy + h / 2) * heightPx,
  };
}
