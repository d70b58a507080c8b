/**
 * The bodies that the microscope looks at: their outline in projection, thickness along the beam, area and volume.
 *
 * Lengths are in nm about the body's centre: u along its axis, v across it, both in the image plane.
 *
 * @module
 */

/** A body with its dimensions, nm, > 0. It lies flat: a face, an axis or an edge in the image plane. */
export type Shape =
  | { readonly kind: "sphere"; readonly diameterNm: number }
  /** A spherocylinder; `lengthNm` is from tip to tip, >= `widthNm`. */
  | { readonly kind: "rod"; readonly lengthNm: number; readonly widthNm: number }
  /** A cube whose six faces are dented to an apex at {@link DENT} of the half edge. */
  | { readonly kind: "concave-cube"; readonly edgeNm: number }
  /** An equilateral triangle of uniform thickness. */
  | { readonly kind: "prism"; readonly edgeNm: number; readonly thicknessNm: number };

export type ShapeKind = Shape["kind"];

/** A point or a vector in the image plane, nm. */
export interface PointNm {
  readonly x: number;
  readonly y: number;
}

/**
 * What a body covers in projection: a convex polygon (one corner: a point, two: a line), widened by `roundingNm` all round.
 *
 * One form for every body gives areas, perimeters and distances by one formula each.
 */
export interface Outline {
  readonly corners: readonly PointNm[];
  readonly roundingNm: number;
}

/** Where the faces of a concave cube are dented to, as a fraction of its half edge (simulatedLPTEM, Yao et al. 2020). */
export const DENT = 0.7;

const SQRT3 = Math.sqrt(3);

/** The outline of a body, about its centre and along its axis. */
export function outlineOf(shape: Shape): Outline {
  switch (shape.kind) {
    case "sphere":
      return { corners: [{ x: 0, y: 0 }], roundingNm: shape.diameterNm / 2 };
    case "rod": {
      const half = (shape.lengthNm - shape.widthNm) / 2;
      const corners = [
        { x: -half, y: 0 },
        { x: half, y: 0 },
      ];
      return { corners, roundingNm: shape.widthNm / 2 };
    }
    case "concave-cube": {
      const half = shape.edgeNm / 2;
      const corners = [
        { x: -half, y: -half },
        { x: half, y: -half },
        { x: half, y: half },
        { x: -half, y: half },
      ];
      return { corners, roundingNm: 0 };
    }
    case "prism": {
      const inradius = shape.edgeNm / (2 * SQRT3);
      const corners = [
        { x: 2 * inradius, y: 0 },
        { x: -inradius, y: shape.edgeNm / 2 },
        { x: -inradius, y: -shape.edgeNm / 2 },
      ];
      return { corners, roundingNm: 0 };
    }
  }
}

/** Radius of the smallest circle about the centre that holds the outline, nm. */
export function reachNm(outline: Outline): number {
  return outline.roundingNm + Math.sqrt(outline.corners.reduce((most, { x, y }) => Math.max(most, x * x + y * y), 0));
}

/** Projected area, nm2: Steiner's formula for a convex polygon widened by a radius. */
export function projectedAreaNm2(shape: Shape): number {
  const { corners, roundingNm } = outlineOf(shape);
  let twiceArea = 0;
  let perimeter = 0;
  corners.forEach((corner, i) => {
    const next = corners[(i + 1) % corners.length] ?? corner;
    twiceArea += corner.x * next.y - next.x * corner.y;
    perimeter += Math.sqrt(square(next.x - corner.x) + square(next.y - corner.y));
  });
  return Math.abs(twiceArea) / 2 + perimeter * roundingNm + Math.PI * roundingNm * roundingNm;
}

/** Volume, nm3. */
export function volumeNm3(shape: Shape): number {
  switch (shape.kind) {
    case "sphere":
      return (Math.PI / 6) * cube(shape.diameterNm);
    case "rod":
      return (Math.PI / 12) * shape.widthNm * shape.widthNm * (3 * shape.lengthNm - shape.widthNm);
    case "concave-cube":
      // The cube less six pyramids on its faces, each (1 - DENT) half edges deep.
      return DENT * cube(shape.edgeNm);
    case "prism":
      return (SQRT3 / 4) * shape.edgeNm * shape.edgeNm * shape.thicknessNm;
  }
}

/** The greatest thickness along the beam, nm. */
export function greatestThicknessNm(shape: Shape): number {
  switch (shape.kind) {
    case "sphere":
      return shape.diameterNm;
    case "rod":
      return shape.widthNm;
    case "concave-cube":
      return shape.edgeNm;
    case "prism":
      return shape.thicknessNm;
  }
}

/** The same body `factor` times as large in every direction. */
export function scaled(shape: Shape, factor: number): Shape {
  switch (shape.kind) {
    case "sphere":
      return { kind: shape.kind, diameterNm: shape.diameterNm * factor };
    case "rod":
      return { kind: shape.kind, lengthNm: shape.lengthNm * factor, widthNm: shape.widthNm * factor };
    case "concave-cube":
      return { kind: shape.kind, edgeNm: shape.edgeNm * factor };
    case "prism":
      return { kind: shape.kind, edgeNm: shape.edgeNm * factor, thicknessNm: shape.thicknessNm * factor };
  }
}

/** Thickness along the beam in nm at `(u, v)`; positive inside the outline, 0 outside. */
export type ThicknessProfile = (u: number, v: number) => number;

/** The thickness of a body over the image plane. */
export function thicknessProfile(shape: Shape): ThicknessProfile {
  switch (shape.kind) {
    case "sphere":
      return roundedProfile(0, shape.diameterNm / 2);
    case "rod":
      return roundedProfile((shape.lengthNm - shape.widthNm) / 2, shape.widthNm / 2);
    case "concave-cube":
      return concaveCubeProfile(shape.edgeNm / 2);
    case "prism":
      return prismProfile(shape.edgeNm, shape.thicknessNm);
  }
}

/** A ball of radius `radius` swept along the axis from `-half` to `half`: t = 2 sqrt(R^2 - distance^2). */
function roundedProfile(half: number, radius: number): ThicknessProfile {
  const squaredRadius = radius * radius;
  return (u, v) => {
    const beyond = Math.max(0, Math.abs(u) - half);
    const squared = squaredRadius - beyond * beyond - v * v;
    return squared > 0 ? 2 * Math.sqrt(squared) : 0;
  };
}

/**
 * The chord through a dented cube. The top dent leaves z <= DENT a + (1 - DENT) m, with m the larger of |u|, |v|; a side dent lets the
 * chord begin only where |z| reaches it.
 */
function concaveCubeProfile(half: number): ThicknessProfile {
  const dent = DENT * half;
  return (u, v) => {
    const larger = Math.max(Math.abs(u), Math.abs(v));
    if (larger >= half) return 0;
    const smaller = Math.min(Math.abs(u), Math.abs(v));
    const top = dent + (1 - DENT) * larger;
    const bottom = larger <= dent + (1 - DENT) * smaller ? 0 : (larger - dent) / (1 - DENT);
    return 2 * (top - bottom);
  };
}

function prismProfile(edge: number, thickness: number): ThicknessProfile {
  const inradius = edge / (2 * SQRT3);
  return (u, v) => (u > -inradius && u + SQRT3 * Math.abs(v) < 2 * inradius ? thickness : 0);
}

function square(value: number): number {
  return value * value;
}

function cube(value: number): number {
  return value * value * value;
}
