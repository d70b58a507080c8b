/**
 * Which detections of a frame are believed.
 *
 * @module
 */
import type { Detection } from "../../stream/base/detection.js";

/**
 * All of them where one is sure, none where none is: what looks like a faint particle is likely one among particles that are beyond doubt,
 * and likely noise in a frame that shows no other. It is the hysteresis of Canny's edges (1986) with the frame in place of the
 * connected line: the threshold can be low enough for faint particles without noise being counted in empty frames.
 *
 * @param sureScore 0..1; 0 believes all
 */
export function believed<D extends Pick<Detection, "score">>(
  detections: readonly D[],
  sureScore: number,
): readonly D[] {
  return detections.some(({ score }) => score >= sureScore) ? detections : [];
}
