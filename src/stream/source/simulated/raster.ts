/**
 * Which pixels a body covers, and how thick it is there.
 *
 * @module
 */
import { type Body, footprintOf } from "./body.js";
import { cosSin } from "./portable-math.js";
import { type SceneSpec, scenePixelSizeNm } from "./scene-spec.js";
import { thicknessProfile } from "./shape.js";

/** Pixels of the frame from `left`, `top` up to, not including, `right`, `bottom`. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The part of the frame that holds a body; empty where it lies outside. */
export function boxOf(body: Body, spec: SceneSpec): Box {
  const pixelSizeNm = scenePixelSizeNm(spec);
  const { corners, roundingNm } = footprintOf(body);
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  const inFrame = (nm: number, edgePx: number) => Math.min(edgePx, Math.max(0, Math.floor(nm / pixelSizeNm)));
  return {
    left: inFrame(Math.min(...xs) - roundingNm, spec.widthPx),
    top: inFrame(Math.min(...ys) - roundingNm, spec.heightPx),
    right: inFrame(Math.max(...xs) + roundingNm + pixelSizeNm, spec.widthPx),
    bottom: inFrame(Math.max(...ys) + roundingNm + pixelSizeNm, spec.heightPx),
  };
}

/** Visits every pixel of the frame whose centre lies inside the body's outline, with the thickness there in nm. */
export function scanBody(body: Body, spec: SceneSpec, visit: (index: number, thicknessNm: number) => void): void {
  const pixelSizeNm = scenePixelSizeNm(spec);
  const { left, top, right, bottom } = boxOf(body, spec);
  const { cos, sin } = cosSin(body.angleRad);
  const thicknessAt = thicknessProfile(body.shape);
  for (let y = top; y < bottom; y += 1) {
    const dy = (y + 0.5) * pixelSizeNm - body.yNm;
    for (let x = left; x < right; x += 1) {
      const dx = (x + 0.5) * pixelSizeNm - body.xNm;
      const thicknessNm = thicknessAt(dx * cos + dy * sin, dy * cos - dx * sin);
      if (thicknessNm > 0) visit(y * spec.widthPx + x, thicknessNm);
    }
  }
}
