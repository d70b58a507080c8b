/**
 * The perimeter of a particle from the contour of its mask.
 *
 * @module
 */
import { areaOf, lengthOf, type PolygonPx } from "./polygon.js";

/**
 * Length of an outer contour from marching squares, px, freed of the staircase of the grid.
 *
 * Around a binary mask the bare contour has eight directions only and is 5.5 % too long on a circle of any size; noise along the
 * rim lengthens it in the same way. So the contour is smoothed once by a three-point running average, as ImageJ does for the
 * perimeter of traced selections (`PolygonRoi.getSmoothedPerimeter`), and then scaled back to the area it had, without which small
 * particles would come out too short. By the isoperimetric inequality the result is never shorter than the circle of that area.
 *
 * What is left, measured over all rotations: on circles of radius >= 6 px +1.0 % for binary masks and -0.2 % for smooth ones; corners
 * lose 0.7 px each. `room` is room to work in, of the length of the contour.
 */
export function perimeterOf(contour: PolygonPx, room = new Float64Array(contour.length)): number {
  const smoothed = runningAverage(contour, room);
  const areaPx2 = areaOf(contour);
  const smoothedAreaPx2 = areaOf(smoothed);
  const isCollapsed = smoothedAreaPx2 <= 0;
  return isCollapsed ? lengthOf(contour) : lengthOf(smoothed) * Math.sqrt(areaPx2 / smoothedAreaPx2);
}

/** Each point replaced by the mean of itself and its two neighbours, written to `averaged`. */
function runningAverage(polygon: PolygonPx, averaged: Float64Array): PolygonPx {
  const size = polygon.length;
  let before = size - 2;
  for (let i = 0; i < size; i += 2) {
    const after = i + 2 < size ? i + 2 : 0;
    averaged[i] = (polygon[before] + polygon[i] + polygon[after]) / 3;
    averaged[i + 1] = (polygon[before + 1] + polygon[i + 1] + polygon[after + 1]) / 3;
    before = i;
  }
  return averaged;
}
