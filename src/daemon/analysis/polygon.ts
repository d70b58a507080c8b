/**
 * Closed polygons in frame space and their moments.
 *
 * @module
 */

/** A closed polygon in frame space, `x, y, x, y, ...`, without a repeated last point. */
export type PolygonPx = Float64Array;

/** A growing list of points. */
export class PointBuffer {
  #xy = new Float64Array(256);
  #length = 0;

  /** Begins a new list. */
  clear(): void {
    this.#length = 0;
  }

  /** Adds a point, unless it is the one that was added last. */
  add(xPx: number, yPx: number): void {
    const end = this.#length;
    if (end > 0 && this.#xy[end - 2] === xPx && this.#xy[end - 1] === yPx) return;
    if (end === this.#xy.length) {
      const longer = new Float64Array(2 * end);
      longer.set(this.#xy);
      this.#xy = longer;
    }
    this.#xy[end] = xPx;
    this.#xy[end + 1] = yPx;
    this.#length = end + 2;
  }

  /** The points so far as a closed polygon: without the last one where it repeats the first. */
  toPolygon(): PolygonPx {
    const end = this.#length;
    const closes = end > 2 && this.#xy[end - 2] === this.#xy[0] && this.#xy[end - 1] === this.#xy[1];
    return this.#xy.slice(0, closes ? end - 2 : end);
  }
}

/** Area, centroid and central second moments of a region. */
export interface Moments {
  /** px2; of a polygon positive where it runs clockwise on the screen. */
  readonly areaPx2: number;
  readonly centroidXPx: number;
  readonly centroidYPx: number;
  /** Integrals of (x - centroidX)^2, (x - centroidX)(y - centroidY) and (y - centroidY)^2 over the region, px4. */
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
}

/**
 * Moments of the region that polygons bound together: holes, which run the other way, are subtracted.
 *
 * Green's theorem on each edge (Steger, "On the calculation of arbitrary moments of polygons", TUM FGBV-96-05, 1996). Coordinates
 * are taken from the first point, because far from the origin the terms would cancel to nothing.
 */
export function momentsOf(polygons: readonly PolygonPx[]): Moments {
  const originX = polygons[0][0];
  const originY = polygons[0][1];
  const sum = { area: 0, x: 0, y: 0, xx: 0, xy: 0, yy: 0 };
  for (const polygon of polygons) addEdges(sum, polygon, originX, originY);
  const areaPx2 = sum.area / 2;
  const x = areaPx2 === 0 ? 0 : sum.x / 6 / areaPx2;
  const y = areaPx2 === 0 ? 0 : sum.y / 6 / areaPx2;
  return {
    areaPx2,
    centroidXPx: originX + x,
    centroidYPx: originY + y,
    xx: sum.xx / 12 - areaPx2 * x * x,
    xy: sum.xy / 24 - areaPx2 * x * y,
    yy: sum.yy / 12 - areaPx2 * y * y,
  };
}

/** Area of one polygon, px2, as {@link momentsOf} computes it. */
export function areaOf(polygon: PolygonPx): number {
  const originX = polygon[0];
  const originY = polygon[1];
  let area = 0;
  let ax = polygon[polygon.length - 2] - originX;
  let ay = polygon[polygon.length - 1] - originY;
  for (let i = 0; i < polygon.length; i += 2) {
    const bx = polygon[i] - originX;
    const by = polygon[i + 1] - originY;
    area += ax * by - bx * ay;
    ax = bx;
    ay = by;
  }
  return area / 2;
}

/** Adds to `sum` the integrals over the triangles that the origin spans with each edge. */
function addEdges(
  sum: { area: number; x: number; y: number; xx: number; xy: number; yy: number },
  polygon: PolygonPx,
  originX: number,
  originY: number,
): void {
  let ax = polygon[polygon.length - 2] - originX;
  let ay = polygon[polygon.length - 1] - originY;
  for (let i = 0; i < polygon.length; i += 2) {
    const bx = polygon[i] - originX;
    const by = polygon[i + 1] - originY;
    const cross = ax * by - bx * ay;
    sum.area += cross;
    sum.x += cross * (ax + bx);
    sum.y += cross * (ay + by);
    sum.xx += cross * (ax * ax + ax * bx + bx * bx);
    sum.xy += cross * (2 * ax * ay + ax * by + bx * ay + 2 * bx * by);
    sum.yy += cross * (ay * ay + ay * by + by * by);
    ax = bx;
    ay = by;
  }
}

/** Moments differ by less than this fraction of their sum only by rounding: then no direction is the principal one. */
const ISOTROPY = 1e-6;

/**
 * Angle of the axis of the largest second moment to +x, y down, -pi/2..pi/2; 0 where no direction is preferred (circle, square).
 */
export function orientationOf({ xx, xy, yy }: Moments): number {
  if (Math.hypot(2 * xy, xx - yy) <= ISOTROPY * (xx + yy)) return 0;
  return Math.atan2(2 * xy, xx - yy) / 2;
}

/** Length of the closed polygon. */
export function lengthOf(polygon: PolygonPx): number {
  let lengthPx = 0;
  let ax = polygon[polygon.length - 2];
  let ay = polygon[polygon.length - 1];
  for (let i = 0; i < polygon.length; i += 2) {
    lengthPx += Math.sqrt((polygon[i] - ax) ** 2 + (polygon[i + 1] - ay) ** 2);
    ax = polygon[i];
    ay = polygon[i + 1];
  }
  return lengthPx;
}

/** The same polygon without the points that lie on the straight line between their neighbours. `kept` is room to work in. */
export function withoutCollinearPoints(
  polygon: PolygonPx,
  kept: Float64Array = new Float64Array(polygon.length),
): PolygonPx {
  let end = 0;
  let ax = polygon[polygon.length - 2];
  let ay = polygon[polygon.length - 1];
  for (let i = 0; i < polygon.length; i += 2) {
    const next = i + 2 < polygon.length ? i + 2 : 0;
    const x = polygon[i];
    const y = polygon[i + 1];
    if ((x - ax) * (polygon[next + 1] - y) === (y - ay) * (polygon[next] - x)) continue;
    kept[end++] = x;
    kept[end++] = y;
    ax = x;
    ay = y;
  }
  return kept.slice(0, end);
}
