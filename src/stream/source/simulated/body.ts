/**
 * A particle in its place, and how far two of them are apart.
 *
 * @module
 */
import { cosSin } from "./portable-math.js";
import { outlineOf, type PointNm, reachNm, type Shape } from "./shape.js";

/** A particle in the specimen plane: nm from the top left corner of the field of view, x right, y down. */
export interface Body {
  readonly trackId: number;
  readonly shape: Shape;
  readonly xNm: number;
  readonly yNm: number;
  /** Of the body's axis to +x, turning towards +y, rad. */
  readonly angleRad: number;
}

/** The outline of a body in the specimen plane. */
export interface Footprint {
  readonly centre: PointNm;
  readonly corners: readonly PointNm[];
  readonly roundingNm: number;
  /** No point of the outline is farther than this from `centre`. */
  readonly reachNm: number;
}

/** Where a body's outline lies. */
export function footprintOf({ shape, xNm, yNm, angleRad }: Omit<Body, "trackId">): Footprint {
  const centre = { x: xNm, y: yNm };
  const { corners, roundingNm } = outlineOf(shape);
  // Most bodies of a movie are spheres, and those look the same however they turn.
  if (corners.length === 1) return { centre, corners: [centre], roundingNm, reachNm: roundingNm };
  const { cos, sin } = cosSin(angleRad);
  const placed = corners.map(({ x, y }) => ({ x: xNm + x * cos - y * sin, y: yNm + x * sin + y * cos }));
  return { centre, corners: placed, roundingNm, reachNm: reachNm({ corners, roundingNm }) };
}

/** The outline moved by a vector. */
export function moved(footprint: Footprint, dxNm: number, dyNm: number): Footprint {
  const shift = ({ x, y }: PointNm) => ({ x: x + dxNm, y: y + dyNm });
  return { ...footprint, centre: shift(footprint.centre), corners: footprint.corners.map(shift) };
}

/** Whether two outlines come nearer to each other than `gapNm`. */
export function closerThan(gapNm: number, a: Footprint, b: Footprint): boolean {
  const dx = a.centre.x - b.centre.x;
  const dy = a.centre.y - b.centre.y;
  const reach = a.reachNm + b.reachNm + gapNm;
  if (dx * dx + dy * dy >= reach * reach) return false;
  const distance = a.roundingNm + b.roundingNm + gapNm;
  return coresMeet(a, b) || squaredCoreDistance(a, b) < distance * distance;
}

/** Whether one polygon lies within the other; where they cross, their edges do. */
function coresMeet(a: Footprint, b: Footprint): boolean {
  return holds(a.corners, b.corners[0]) || holds(b.corners, a.corners[0]);
}

function holds(polygon: readonly PointNm[], point: PointNm | undefined): boolean {
  if (polygon.length < 3 || point === undefined) return false;
  const sides = edges(polygon).map(([from, to]) => cross(from, to, point));
  return sides.every((side) => side >= 0) || sides.every((side) => side <= 0);
}

function squaredCoreDistance(a: Footprint, b: Footprint): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [a0, a1] of edges(a.corners)) {
    for (const [b0, b1] of edges(b.corners)) least = Math.min(least, squaredSegmentDistance(a0, a1, b0, b1));
  }
  return least;
}

/** The sides of a polygon; one of no length for a point. */
function edges(corners: readonly PointNm[]): readonly (readonly [PointNm, PointNm])[] {
  return corners.map((corner, i) => [corner, corners[(i + 1) % corners.length] ?? corner] as const);
}

function squaredSegmentDistance(a0: PointNm, a1: PointNm, b0: PointNm, b1: PointNm): number {
  const crossing = cross(a0, a1, b0) * cross(a0, a1, b1) < 0 && cross(b0, b1, a0) * cross(b0, b1, a1) < 0;
  // Nearer than any distance: polygons without rounding that cross must count as met also where no gap is asked for.
  if (crossing) return Number.NEGATIVE_INFINITY;
  return Math.min(
    squaredDistance(a0, b0, b1),
    squaredDistance(a1, b0, b1),
    squaredDistance(b0, a0, a1),
    squaredDistance(b1, a0, a1),
  );
}

/** Of a point from a segment. */
function squaredDistance(point: PointNm, from: PointNm, to: PointNm): number {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const squaredLength = dx * dx + dy * dy;
  const along = squaredLength === 0 ? 0 : ((point.x - from.x) * dx + (point.y - from.y) * dy) / squaredLength;
  const nearest = Math.min(1, Math.max(0, along));
  const ex = point.x - (from.x + nearest * dx);
  const ey = point.y - (from.y + nearest * dy);
  return ex * ex + ey * ey;
}

function cross(origin: PointNm, to: PointNm, point: PointNm): number {
  return (to.x - origin.x) * (point.y - origin.y) - (to.y - origin.y) * (point.x - origin.x);
}
