/**
 * The sub-pixel contours of a mask: marching squares with linear interpolation, walked from edge to edge.
 *
 * A walker stands on a grid edge whose right node is inside (>= 0.5) and whose left node is outside, and looks at the two nodes ahead;
 * they say whether it turns right, goes straight on or turns left. Particles are so walked clockwise on the screen and have
 * a positive area in frame space (y down); holes are walked the other way and have a negative one.
 *
 * @module
 */
import { CONTOUR_LEVEL } from "../../stream/base/detection.js";
import type { NodeGrid } from "./node-grid.js";
import type { PointBuffer, PolygonPx } from "./polygon.js";
import { Workspace } from "./workspace.js";

/** One closed contour of a mask. */
export interface Contour {
  readonly polygon: PolygonPx;
  readonly isHole: boolean;
  /** Index, in the same list, of the outer contour of the component that this one bounds; its own index for an outer contour. */
  readonly component: number;
}

/** A row of inside nodes of one component: from node `start` up to, not including, node `end`. */
export interface Run {
  readonly start: number;
  readonly end: number;
  readonly component: number;
}

/** All contours of a mask, and the nodes inside them. */
export interface Contours {
  readonly list: readonly Contour[];
  readonly runs: readonly Run[];
}

/** The walker's headings are up, right, down and left on the screen: 0, 1, 2, 3. */
const STEP_COLUMNS = [0, 1, 0, -1] as const;
const STEP_ROWS = [-1, 0, 1, 0] as const;
const UP = 0;

/**
 * Every contour of the grid, in the order of their first point by rows.
 *
 * A value that is not a number counts as outside; the contour around it then has no area, which is not a number either.
 */
export function traceContours(grid: NodeGrid, workspace = new Workspace()): Contours {
  const { values } = grid;
  const marks = { signatures: workspace.signatures.take(values.length).fill(0), points: workspace.points };
  const { signatures } = marks;
  const list: Contour[] = [];
  const runs: Run[] = [];
  let component = 0;
  for (let start = nextInside(values, 0); start < values.length; ) {
    if (signatures[start - 1] === 0) {
      const walk = walkContour(grid, start, marks, list.length + 1);
      // A hole's first row has no island in it: the run left of it there belongs to the component around the hole.
      if (!walk.isHole) component = list.length;
      list.push({ ...walk, component });
    } else {
      component = list[signatures[start - 1] - 1].component;
    }
    const end = nextOutside(values, start);
    runs.push({ start, end, component });
    start = nextInside(values, end);
  }
  return { list, runs };
}

function nextInside(values: Float32Array, from: number): number {
  let node = from;
  while (node < values.length && !(values[node] >= CONTOUR_LEVEL)) node++;
  return node;
}

function nextOutside(values: Float32Array, from: number): number {
  let node = from;
  while (values[node] >= CONTOUR_LEVEL) node++;
  return node;
}

/** What walks leave behind: signed nodes, and the points of the last one. */
interface Marks {
  readonly signatures: Int32Array;
  readonly points: PointBuffer;
}

/** Walks the contour that passes up the left side of the inside node `start`, and signs the node left of each run it passes. */
function walkContour(grid: NodeGrid, start: number, { signatures, points }: Marks, signature: number) {
  const { columns, values, xsPx, ysPx } = grid;
  const steps = [-columns, 1, columns, -1];
  points.clear();
  let inside = start;
  let row = Math.floor(start / columns);
  let column = start - row * columns;
  let heading = UP;
  let rightTurns = 0;
  do {
    const left = (heading + 3) & 3;
    const outside = inside + steps[left];
    if (heading === UP) signatures[outside] = signature;
    const t = (values[inside] - CONTOUR_LEVEL) / (values[inside] - values[outside]);
    const xPx = xsPx[column];
    const yPx = ysPx[row];
    points.add(xPx + t * (xsPx[column + STEP_COLUMNS[left]] - xPx), yPx + t * (ysPx[row + STEP_ROWS[left]] - yPx));
    const leftAhead = values[outside + steps[heading]];
    const rightAhead = values[inside + steps[heading]];
    const isLeftInside = leftAhead >= CONTOUR_LEVEL;
    const isRightInside = rightAhead >= CONTOUR_LEVEL;
    const isParting = !isLeftInside || !isJoined(values[inside], leftAhead, values[outside], rightAhead);
    if (!isRightInside && isParting) {
      heading = (heading + 1) & 3;
      rightTurns++;
      continue;
    }
    inside += steps[heading];
    column += STEP_COLUMNS[heading];
    row += STEP_ROWS[heading];
    if (!isLeftInside) continue;
    inside += steps[left];
    column += STEP_COLUMNS[left];
    row += STEP_ROWS[left];
    heading = left;
    rightTurns--;
  } while (inside !== start || heading !== UP);
  return { polygon: points.toPolygon(), isHole: rightTurns < 0 };
}

/**
 * Whether the two inside nodes of a saddle cell belong together: the bilinear interpolation at its saddle point says so
 * (asymptotic decider, Nielson and Hamann, IEEE Visualization 1991). In a binary mask they do, as pixels of one particle that
 * touch at a corner.
 */
function isJoined(insideA: number, insideB: number, outsideA: number, outsideB: number): boolean {
  return insideA * insideB - outsideA * outsideB >= CONTOUR_LEVEL * (insideA + insideB - (outsideA + outsideB));
}
