import { describe, expect, it } from "vitest";
import { measureParticles } from "../../../src/daemon/analysis/measure.js";
import {
  disc,
  ellipse,
  type FieldKind,
  frameOf,
  maskOf,
  type Pose,
  polygonShape,
  rectangle,
  type Shape,
  seededNumbers,
  spherocylinder,
} from "../../support/analysis.js";

const EDGE_PX = 140;
const FRAME = frameOf(EDGE_PX, EDGE_PX);
const KINDS: readonly FieldKind[] = ["smooth", "binary"];

/** Measures a shape in the middle of the frame that reaches at most `reachPx` from there. */
function measure(shape: Shape, kind: FieldKind, reachPx: number) {
  const startPx = EDGE_PX / 2 - reachPx - 4;
  const edgePx = 2 * (reachPx + 4);
  const mask = maskOf(shape, { xPx: startPx, yPx: startPx, widthPx: edgePx, heightPx: edgePx }, kind);
  return measureParticles([{ mask, score: 1 }], FRAME).particles;
}

/** Poses that no grid line favours, the first of them along the grid. */
function poses(seed: string, count: number): readonly Pose[] {
  const random = seededNumbers(seed, 3 * count);
  return Array.from({ length: count }, (_, i) => ({
    xPx: EDGE_PX / 2 + random[3 * i],
    yPx: EDGE_PX / 2 + random[3 * i + 1],
    angleRad: i === 0 ? 0 : Math.PI * (random[3 * i + 2] - 0.5),
  }));
}

const CENTRES = poses("centres", 5);

function relativeError(measured: number, truth: number): number {
  return Math.abs(measured / truth - 1);
}

/**
 * The contour's corners lie on the rim or a little inside it, which takes up to 1 px2 whatever the size. The pixel centres inside a
 * randomly placed disc scatter with a standard deviation of 0.33 sqrt(perimeter) (Kendall, Quart. J. Math. 19 (1948) 1):
 * a binary mask gets 3.5 of them.
 */
function areaTolerance(kind: FieldKind, perimeterPx: number, areaPx2: number): number {
  return (1 + (kind === "smooth" ? 0 : 1.15 * Math.sqrt(perimeterPx))) / areaPx2;
}

describe.each(KINDS)("a disc as a %s mask", (kind) => {
  it.each([5, 8, 12, 20, 35, 60])("of radius %d px has its area, ECD, perimeter and Feret diameters", (radiusPx) => {
    for (const { xPx, yPx } of CENTRES) {
      const particle = measure(disc(xPx, yPx, radiusPx), kind, radiusPx);
      const perimeterPx = 2 * Math.PI * radiusPx;
      const areaPx2 = Math.PI * radiusPx ** 2;
      const tolerance = areaTolerance(kind, perimeterPx, areaPx2);
      expect(relativeError(particle.areaPx2[0], areaPx2)).toBeLessThan(tolerance);
      expect(relativeError(particle.ecdPx[0], 2 * radiusPx)).toBeLessThan(tolerance / 2 + 1e-4);
      // The running average leaves 1 % of a binary staircase; a disc of few pixels is not a disc.
      const perimeterTolerance = kind === "smooth" ? 0.005 : 0.013 + 0.1 / radiusPx;
      expect(relativeError(particle.perimeterPx[0], perimeterPx)).toBeLessThan(perimeterTolerance);
      // The hull of a binary mask reaches up to half a pixel out on each side.
      const feretTolerancePx = kind === "smooth" ? 0.1 : 1;
      expect(Math.abs(particle.feretMaxPx[0] - 2 * radiusPx)).toBeLessThan(feretTolerancePx);
      expect(Math.abs(particle.feretMinPx[0] - 2 * radiusPx)).toBeLessThan(feretTolerancePx);
      expect(particle.circularity[0]).toBeGreaterThan(kind === "smooth" ? 0.998 : 0.97);
      expect(particle.solidity[0]).toBeGreaterThan(kind === "smooth" ? 0.998 : 0.94);
    }
  });

  it("has its centroid at its centre", () => {
    for (const { xPx, yPx } of CENTRES) {
      const particle = measure(disc(xPx, yPx, 25), kind, 25);
      expect(Math.abs(particle.centroidXPx[0] - xPx)).toBeLessThan(kind === "smooth" ? 1e-3 : 0.1);
      expect(Math.abs(particle.centroidYPx[0] - yPx)).toBeLessThan(kind === "smooth" ? 1e-3 : 0.1);
    }
  });
});

describe.each(KINDS)("the boundary/area ratio from a %s mask is within five percent of the formula", (kind) => {
  const ratioError = (shape: Shape, formula: number): number =>
    relativeError(measure(shape, kind, 62).boundaryAreaRatioPerPx[0], formula);

  it("for spheres, 2 / r", () => {
    for (const { xPx, yPx } of CENTRES) {
      for (const radiusPx of [15, 25, 35, 60]) {
        expect(ratioError(disc(xPx, yPx, radiusPx), 2 / radiusPx)).toBeLessThan(0.05);
      }
    }
  });

  it("for rods of 65 x 10 px, (2 l + 2 w) / (l w), with square ends and with round ones", () => {
    for (const pose of poses("rods", 12)) {
      expect(ratioError(rectangle(65, 10, pose), 150 / 650)).toBeLessThan(0.05);
      expect(ratioError(spherocylinder(65, 10, pose), 150 / 650)).toBeLessThan(0.05);
    }
  });

  it("for cubes of 50 px, 4 / a", () => {
    for (const pose of poses("cubes", 12)) expect(ratioError(rectangle(50, 50, pose), 4 / 50)).toBeLessThan(0.05);
  });
});

describe.each(KINDS)("as a %s mask", (kind) => {
  const halfPixel = kind === "smooth" ? 0.15 : 1;

  it("an ellipse has its axes as Feret diameters and its orientation", () => {
    for (const pose of poses("ellipses", 3)) {
      const particle = measure(ellipse(30, 15, pose), kind, 30);
      expect(relativeError(particle.areaPx2[0], Math.PI * 450)).toBeLessThan(areaTolerance(kind, 145, 1414));
      expect(Math.abs(particle.feretMaxPx[0] - 60)).toBeLessThan(halfPixel);
      expect(Math.abs(particle.feretMinPx[0] - 30)).toBeLessThan(halfPixel);
      expect(Math.abs(particle.orientationRad[0] - pose.angleRad)).toBeLessThan(0.01);
    }
  });

  it("a rectangle has its sides, its diagonal and the circularity sqrt(pi l w) / (l + w)", () => {
    for (const pose of poses("rectangles", 5)) {
      const particle = measure(rectangle(60, 24, pose), kind, 34);
      expect(Math.abs(particle.feretMinPx[0] - 24)).toBeLessThan(halfPixel);
      // Corners are rounded: the diagonal loses up to half a pixel at either end.
      expect(Math.abs(particle.feretMaxPx[0] - Math.hypot(60, 24))).toBeLessThan(1.2);
      expect(relativeError(particle.circularity[0], Math.sqrt(Math.PI * 60 * 24) / 84)).toBeLessThan(0.025);
      expect(Math.abs(particle.orientationRad[0] - pose.angleRad)).toBeLessThan(0.01);
    }
  });

  it("a spherocylinder has its length, width and area", () => {
    for (const pose of poses("rods", 5)) {
      const particle = measure(spherocylinder(65, 10, pose), kind, 34);
      const areaPx2 = 55 * 10 + Math.PI * 25;
      expect(relativeError(particle.areaPx2[0], areaPx2)).toBeLessThan(areaTolerance(kind, 141, areaPx2));
      expect(Math.abs(particle.feretMaxPx[0] - 65)).toBeLessThan(halfPixel);
      expect(Math.abs(particle.feretMinPx[0] - 10)).toBeLessThan(halfPixel);
      expect(relativeError(particle.perimeterPx[0], 110 + Math.PI * 10)).toBeLessThan(0.025);
    }
  });

  it("an L has the solidity 1,200 / 1,400 of its area in its hull", () => {
    const corners = [
      [-20, -20],
      [20, -20],
      [20, 0],
      [0, 0],
      [0, 20],
      [-20, 20],
    ] as const;
    for (const pose of poses("L", 5)) {
      // Corners are rounded, which the hull of a smooth field loses. A binary hull spans the steps of both long sides: half a pixel along 40 px.
      expect(relativeError(measure(polygonShape(corners, pose), kind, 30).solidity[0], 12 / 14)).toBeLessThan(
        kind === "smooth" ? 0.02 : 0.035,
      );
    }
  });

  it("an equilateral triangle has its height as smallest Feret diameter, wider than its ECD", () => {
    const height = 40 * Math.sqrt(0.75);
    const corners = [
      [-20, -height / 3],
      [20, -height / 3],
      [0, (2 * height) / 3],
    ] as const;
    for (const pose of poses("triangles", 5)) {
      const particle = measure(polygonShape(corners, pose), kind, 30);
      // A corner of 60 degrees is cut by half a pixel.
      expect(Math.abs(particle.feretMinPx[0] - height)).toBeLessThan(1.2);
      expect(particle.feretMinPx[0]).toBeGreaterThan(particle.ecdPx[0]);
    }
  });
});
