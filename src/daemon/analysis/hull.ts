/**
 * The convex hull of a contour and its Feret diameters.
 *
 * @module
 */
import type { PolygonPx } from "./polygon.js";

/** Feret diameters: distances between parallel tangents (ISO 13322-1). */
export interface FeretDiameters {
  readonly minPx: number;
  readonly maxPx: number;
}

/** Twice the area of the triangle a, b, c, given as offsets into `xy`; positive where c lies clockwise (on the screen) of a to b. */
function triangle(xy: PolygonPx, a: number, b: number, c: number): number {
  return (xy[b] - xy[a]) * (xy[c + 1] - xy[a + 1]) - (xy[c] - xy[a]) * (xy[b + 1] - xy[a + 1]);
}

/**
 * Convex hull of a polygon that does not cross itself, clockwise on the screen, in one pass over its points.
 *
 * Melkman, "On-line construction of the convex hull of a simple polyline", Inf. Process. Lett. 25 (1987) 11. Fewer than three corners
 * come back where all points lie on a line. `queue` is room to work in.
 */
export function convexHull(polygon: PolygonPx, queue = new Int32Array(polygon.length + 4)): PolygonPx {
  const size = polygon.length;
  let first = 2;
  while (first + 2 < size && triangle(polygon, 0, first, first + 2) === 0) first += 2;
  const third = first + 2;
  if (third >= size) return polygon.slice(0, 4);

  // The queue is double-ended, of offsets: the hull, with the newest corner at both ends.
  let bottom = size / 2 - 1;
  let top = bottom + 3;
  const isClockwise = triangle(polygon, 0, first, third) > 0;
  queue[bottom] = third;
  queue[bottom + 1] = isClockwise ? 0 : first;
  queue[bottom + 2] = isClockwise ? first : 0;
  queue[top] = third;
  for (let point = third + 2; point < size; point += 2) {
    const isInside =
      triangle(polygon, queue[bottom], queue[bottom + 1], point) >= 0 &&
      triangle(polygon, queue[top - 1], queue[top], point) >= 0;
    if (isInside) continue;
    while (top > bottom + 1 && triangle(polygon, queue[bottom], queue[bottom + 1], point) <= 0) bottom++;
    queue[--bottom] = point;
    while (top > bottom + 1 && triangle(polygon, queue[top - 1], queue[top], point) <= 0) top--;
    queue[++top] = point;
  }

  const hull = new Float64Array(2 * (top - bottom));
  for (let i = bottom; i < top; i++) {
    hull[2 * (i - bottom)] = polygon[queue[i]];
    hull[2 * (i - bottom) + 1] = polygon[queue[i] + 1];
  }
  return hull;
}

/**
 * Smallest and largest Feret diameter of a convex polygon of three corners or more, clockwise on the screen, by rotating calipers.
 *
 * The smallest lies across one of its edges, the largest between two corners with parallel tangents (Shamos 1978). Each such pair
 * is met as a corner and the point farthest from the edge that starts there.
 */
export function feretDiameters(hull: PolygonPx): FeretDiameters {
  const size = hull.length;
  let minPx = Number.POSITIVE_INFINITY;
  let maxPx = 0;
  let far = 2;
  for (let a = 0; a < size; a += 2) {
    const b = a + 2 < size ? a + 2 : 0;
    let heightTimesEdge = triangle(hull, a, b, far);
    for (;;) {
      const farther = far + 2 < size ? far + 2 : 0;
      const heightThere = triangle(hull, a, b, farther);
      if (!(heightThere > heightTimesEdge)) break;
      far = farther;
      heightTimesEdge = heightThere;
    }
    minPx = Math.min(minPx, heightTimesEdge / distance(hull, a, b));
    maxPx = Math.max(maxPx, distance(hull, a, far));
  }
  return { minPx, maxPx };
}

function distance(xy: PolygonPx, a: number, b: number): number {
  return Math.sqrt((xy[a] - xy[b]) ** 2 + (xy[a + 1] - xy[b + 1]) ** 2);
}
