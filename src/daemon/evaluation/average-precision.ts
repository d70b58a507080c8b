/**
 * Average precision as COCO defines it: area "all", all detections of a frame.
 *
 * After pycocotools' cocoeval.py (T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014), number for number.
 *
 * @module
 */
import { byFallingScore } from "./matching.js";

/** `count` numbers from `from` to `to` at even distances, as numpy.linspace computes them. */
function linearSpace(from: number, to: number, count: number): readonly number[] {
  const step = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? to : i * step + from));
}

/** 0.50, 0.55, ..., 0.95. */
export const IOU_THRESHOLDS = linearSpace(0.5, 0.95, 10);
/** 0, 0.01, ..., 1. */
const RECALL_POINTS = linearSpace(0, 1, 101);
/** Keeps 0 / 0 away: numpy.spacing(1). */
const EPSILON = 2 ** -52;

/** The detections of one frame, of which some are right. */
export interface Ranked {
  readonly scores: ArrayLike<number>;
  /** Bit `i` of each is set where the detection is matched at `IOU_THRESHOLDS[i]`. */
  readonly hits: ArrayLike<number>;
}

/** Average precision at an IoU of 0.5, and its mean over all thresholds; `null` where there is nothing to find. */
export interface AveragePrecision {
  readonly ap50: number | null;
  readonly ap50To95: number | null;
}

/** Over all frames together, in their order; `truthCount` is the number of particles that there are to find. */
export function averagePrecision(frames: readonly Ranked[], truthCount: number): AveragePrecision {
  if (truthCount === 0) return { ap50: null, ap50To95: null };
  const scores = frames.flatMap((frame) => Array.from(frame.scores));
  const hits = frames.flatMap((frame) => Array.from(frame.hits));
  const order = byFallingScore(scores);
  const atThresholds = IOU_THRESHOLDS.map((_, bit) => {
    const isHit = order.map((index) => ((hits[index] >> bit) & 1) === 1);
    return precisionOverRecall(isHit, truthCount);
  });
  return { ap50: atThresholds[0], ap50To95: atThresholds.reduce((sum, ap) => sum + ap, 0) / atThresholds.length };
}

/** Mean of the highest precision at or beyond each of the recall points; 0 where recall does not reach. */
function precisionOverRecall(isHit: readonly boolean[], truthCount: number): number {
  const recalls = new Float64Array(isHit.length);
  const precisions = new Float64Array(isHit.length);
  let right = 0;
  for (const [index, hit] of isHit.entries()) {
    if (hit) right += 1;
    recalls[index] = right / truthCount;
    precisions[index] = right / (index + 1 + EPSILON);
  }
  for (let index = isHit.length - 1; index > 0; index--) {
    if (precisions[index] > precisions[index - 1]) precisions[index - 1] = precisions[index];
  }
  let sum = 0;
  let index = 0;
  for (const point of RECALL_POINTS) {
    while (index < recalls.length && recalls[index] < point) index += 1;
    if (index < recalls.length) sum += precisions[index];
  }
  return sum / RECALL_POINTS.length;
}
