/**
 * Measures particles: from masks to the particle table and the outlines.
 *
 * Sizes and shapes follow ISO 13322-1 and ISO 9276-6. Of a mask in several pieces only the largest is the particle. Holes are not
 * part of the projected area (nor of centroid, orientation, solidity and mean intensity); perimeter, Feret diameters and outline
 * are those of the outer contour. Where holes count as particle, the mask has them filled before it comes here.
 *
 * @module
 */
import type { Detection } from "../../stream/base/detection.js";
import type { Frame } from "../../stream/base/frame.js";
import {
  createParticleTable,
  type Outlines,
  PARTICLE_COLUMN_NAMES,
  type ParticleColumnName,
  type ParticleTable,
} from "../../stream/base/particles.js";
import { largestComponent, meanIntensityOf } from "./component.js";
import { traceContours } from "./contour.js";
import { convexHull, feretDiameters } from "./hull.js";
import { type FrameSize, nodeGridOf } from "./node-grid.js";
import { perimeterOf } from "./perimeter.js";
import { areaOf, momentsOf, orientationOf, type PolygonPx, withoutCollinearPoints } from "./polygon.js";
import { Workspace } from "./workspace.js";

/** What was measured on one frame; row `i` of the table has outline `i`. */
export interface Measurement {
  readonly particles: ParticleTable;
  readonly outlines: Outlines;
}

/** The part of a detection that is measured: the mask, and the score that goes with it into the table. */
export type Recognised = Pick<Detection, "mask" | "score">;

type ParticleRow = Readonly<Record<Exclude<ParticleColumnName, "id">, number>>;

interface MeasuredParticle {
  readonly row: ParticleRow;
  readonly outline: PolygonPx;
}

/**
 * Measures every detection whose projected area is above 0 and not below `minAreaPx2`; the others are left out.
 *
 * Particles keep the order of their detections and are numbered from 1. `frame` is the unfiltered frame. Outlines that nobody wants
 * have no points.
 */
export function measureParticles(
  detections: readonly Recognised[],
  frame: Frame,
  minAreaPx2 = 0,
  wantsOutlines = true,
): Measurement {
  const workspace = new Workspace();
  const measured = detections
    .map((detection) => measureParticle(detection, { frame, workspace, wantsOutlines }))
    .filter((particle) => particle !== null)
    .filter(({ row }) => row.areaPx2 >= minAreaPx2);
  return { particles: tableOf(measured), outlines: outlinesOf(measured) };
}

interface Measuring {
  readonly frame: Frame;
  readonly workspace: Workspace;
  readonly wantsOutlines: boolean;
}

const NO_OUTLINE: PolygonPx = new Float64Array(0);

function measureParticle({ mask, score }: Recognised, measuring: Measuring): MeasuredParticle | null {
  const { frame, workspace, wantsOutlines } = measuring;
  const grid = nodeGridOf(mask, frame, workspace);
  const contours = traceContours(grid, workspace);
  const component = largestComponent(contours);
  if (component === null) return null;
  const { outer, holes } = component;
  const moments = momentsOf([outer, ...holes]);
  const { areaPx2 } = moments;
  const perimeterPx = perimeterOf(outer, workspace.smoothed.take(outer.length));
  const hull = convexHull(outer, workspace.hull.take(outer.length + 4));
  const feret = feretDiameters(hull);
  const row: ParticleRow = {
    centroidXPx: moments.centroidXPx,
    centroidYPx: moments.centroidYPx,
    areaPx2,
    ecdPx: 2 * Math.sqrt(areaPx2 / Math.PI),
    perimeterPx,
    feretMaxPx: feret.maxPx,
    feretMinPx: feret.minPx,
    aspectRatio: feret.minPx / feret.maxPx,
    circularity: Math.sqrt(4 * Math.PI * areaPx2) / perimeterPx,
    solidity: areaPx2 / areaOf(hull),
    orientationRad: orientationOf(moments),
    boundaryAreaRatioPerPx: perimeterPx / areaPx2,
    meanIntensity: meanIntensityOf({ contours, component: component.index, grid, mask, frame }),
    score,
    touchesBorder: touchesBorder(hull, frame) ? 1 : 0,
  };
  const outline = wantsOutlines ? withoutCollinearPoints(outer, workspace.outline.take(outer.length)) : NO_OUTLINE;
  return { row, outline };
}

/**
 * Whether less than one pixel of background lies between a particle and the edge of the frame.
 *
 * The rim of a mask is known to about that, and a cut particle taken for a whole one would falsify the sizes.
 */
function touchesBorder(hull: PolygonPx, frame: FrameSize): boolean {
  for (let i = 0; i < hull.length; i += 2) {
    const distancePx = Math.min(hull[i], hull[i + 1], frame.widthPx - hull[i], frame.heightPx - hull[i + 1]);
    if (distancePx < 1) return true;
  }
  return false;
}

function tableOf(measured: readonly MeasuredParticle[]): ParticleTable {
  const table = createParticleTable(measured.length);
  for (const [index, { row }] of measured.entries()) {
    table.id[index] = index + 1;
    for (const name of PARTICLE_COLUMN_NAMES) {
      if (name !== "id") table[name][index] = row[name];
    }
  }
  return table;
}

function outlinesOf(measured: readonly MeasuredParticle[]): Outlines {
  const offsets = new Uint32Array(measured.length + 1);
  for (const [index, { outline }] of measured.entries()) offsets[index + 1] = offsets[index] + outline.length / 2;
  const xyPx = new Float32Array(2 * offsets[measured.length]);
  for (const [index, { outline }] of measured.entries()) xyPx.set(outline, 2 * offsets[index]);
  return { offsets, xyPx };
}
