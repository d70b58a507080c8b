/**
 * The truth of simulated frames, with whole masks also where particles lie over one another.
 *
 * @module
 */
import type { Body } from "../../stream/source/simulated/body.js";
import { boxOf, scanBody } from "../../stream/source/simulated/raster.js";
import type { SceneSpec } from "../../stream/source/simulated/scene-spec.js";
import type { Shape } from "../../stream/source/simulated/shape.js";
import type { TrueParticle as SimulatedParticle, Truth } from "../../stream/source/simulated/truth.js";
import { cubeBoundaryArea, rodBoundaryArea, sphereBoundaryArea } from "../evaluation/boundary-area.js";
import { boxOfMask, type PixelMask, pixelMaskOf } from "../evaluation/pixel-mask.js";
import type { FrameTruth } from "../evaluation/truth.js";

/** The truth of a frame of this scene; diameters and boundary/area ratios by formula. */
export function frameTruthFrom({ widthPx, heightPx, pixelSizeNm, particles }: Truth, spec: SceneSpec): FrameTruth {
  return {
    kind: "masks",
    widthPx,
    heightPx,
    particles: particles.flatMap((particle) => {
      const mask = maskOfBody(bodyOf(particle, pixelSizeNm), spec);
      if (mask === null) return [];
      const ratioPerNm = boundaryAreaPerNm(particle.shape);
      const boundaryAreaRatioPerPx = ratioPerNm === null ? null : ratioPerNm * pixelSizeNm;
      return [{ box: boxOfMask(mask), mask, ecdPx: particle.ecdNm / pixelSizeNm, boundaryAreaRatioPerPx }];
    }),
  };
}

/** The pixels of the frame that a body covers, whatever lies on top of it; `null` where it covers none. */
export function maskOfBody(body: Body, spec: SceneSpec): PixelMask | null {
  const { left, top, right, bottom } = boxOf(body, spec);
  const window = { xPx: left, yPx: top, widthPx: Math.max(0, right - left), heightPx: Math.max(0, bottom - top) };
  const inside = new Uint8Array(window.widthPx * window.heightPx);
  scanBody(body, spec, (index) => {
    const x = index % spec.widthPx;
    inside[((index - x) / spec.widthPx - top) * window.widthPx + x - left] = 1;
  });
  return pixelMaskOf(window, (index) => inside[index] === 1);
}

function bodyOf({ trackId, shape, xPx, yPx, orientationRad }: SimulatedParticle, pixelSizeNm: number): Body {
  return { trackId, shape, xNm: xPx * pixelSizeNm, yNm: yPx * pixelSizeNm, angleRad: orientationRad };
}

/** By the formulas of the paper's Table 1, 1/nm; `null` for shapes that it does not have. */
function boundaryAreaPerNm(shape: Shape): number | null {
  switch (shape.kind) {
    case "sphere":
      return sphereBoundaryArea(shape.diameterNm / 2);
    case "rod":
      return rodBoundaryArea(shape.lengthNm, shape.widthNm);
    case "concave-cube":
      return cubeBoundaryArea(shape.edgeNm);
    case "prism":
      return null;
  }
}
