/**
 * The field of a mask on the grid of nodes that its contour is traced on.
 *
 * @module
 */
import { CONTOUR_LEVEL, type MaskField } from "../../stream/base/detection.js";
import { Workspace } from "./workspace.js";

/** Size of the frame that a mask lies in. */
export interface FrameSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * Values of a mask at nodes that are pixel centres, with a frame of zero nodes around them, so that every contour closes.
 *
 * Node `(column, row)` has index `row * columns + column` and lies at `(xsPx[column], ysPx[row])` in frame space.
 */
export interface NodeGrid {
  readonly columns: number;
  readonly rows: number;
  readonly values: Float32Array;
  readonly xsPx: Float64Array;
  readonly ysPx: Float64Array;
  /** Column and row of the mask window's first pixel. */
  readonly firstColumn: number;
  readonly firstRow: number;
}

/** Node coordinates along one axis. */
interface Axis {
  readonly positionsPx: Float64Array;
  /** Index of the first pixel. */
  readonly first: number;
  /** Whether the node before the first pixel, and the one after the last, lie on the frame's edge and repeat that pixel. */
  readonly repeatsFirst: boolean;
  readonly repeatsLast: boolean;
}

/**
 * Nodes along one axis of a window.
 *
 * Inside the frame the window is followed by one node of value 0 at the centre of the next pixel. At the frame's edge there is
 * no next pixel: there the border pixel keeps its value up to its outer edge (a node that repeats it) and the field falls to 0
 * on the spot (a second node at the same place), so that a particle cut by the frame has its contour on the frame's edge.
 */
function axisOf({ startPx, lengthPx, frameLengthPx }: Extent, room: Workspace["xsPx"]): Axis {
  const repeatsFirst = startPx === 0;
  const repeatsLast = startPx + lengthPx === frameLengthPx;
  const first = repeatsFirst ? 2 : 1;
  const positionsPx = room.take(first + lengthPx + (repeatsLast ? 2 : 1));
  for (let i = 0; i < positionsPx.length; i++) {
    positionsPx[i] = Math.min(Math.max(startPx + (i - first) + 0.5, 0), frameLengthPx);
  }
  return { positionsPx, first, repeatsFirst, repeatsLast };
}

/** A window along one axis of a frame. */
interface Extent {
  readonly startPx: number;
  readonly lengthPx: number;
  readonly frameLengthPx: number;
}

/** The nodes of a mask that lies within a frame. */
export function nodeGridOf(mask: MaskField, frame: FrameSize, workspace = new Workspace()): NodeGrid {
  return isClosed(mask) ? ownGridOf(mask, workspace) : framedGridOf(mask, frame, workspace);
}

/** Whether nothing inside lies along the edge of the window: every contour then closes within it, and the values need not be copied. */
function isClosed({ widthPx, heightPx, values }: MaskField): boolean {
  const lastRow = (heightPx - 1) * widthPx;
  for (let column = 0; column < widthPx; column++) {
    if (values[column] >= CONTOUR_LEVEL || values[lastRow + column] >= CONTOUR_LEVEL) return false;
  }
  for (let row = 0; row < heightPx; row++) {
    const first = row * widthPx;
    if (values[first] >= CONTOUR_LEVEL || values[first + widthPx - 1] >= CONTOUR_LEVEL) return false;
  }
  return true;
}

function ownGridOf({ xPx, yPx, widthPx, heightPx, values }: MaskField, workspace: Workspace): NodeGrid {
  const xsPx = workspace.xsPx.take(widthPx);
  const ysPx = workspace.ysPx.take(heightPx);
  for (let i = 0; i < widthPx; i++) xsPx[i] = xPx + i + 0.5;
  for (let i = 0; i < heightPx; i++) ysPx[i] = yPx + i + 0.5;
  return { columns: widthPx, rows: heightPx, values, xsPx, ysPx, firstColumn: 0, firstRow: 0 };
}

function framedGridOf(mask: MaskField, frame: FrameSize, workspace: Workspace): NodeGrid {
  const alongX = { startPx: mask.xPx, lengthPx: mask.widthPx, frameLengthPx: frame.widthPx };
  const alongY = { startPx: mask.yPx, lengthPx: mask.heightPx, frameLengthPx: frame.heightPx };
  const x = axisOf(alongX, workspace.xsPx);
  const y = axisOf(alongY, workspace.ysPx);
  const columns = x.positionsPx.length;
  const rows = y.positionsPx.length;
  const values = workspace.nodes.take(columns * rows).fill(0);
  for (let row = 0, source = 0; row < mask.heightPx; row++) {
    const start = (y.first + row) * columns + x.first;
    for (let at = start; at < start + mask.widthPx; at++) values[at] = mask.values[source++];
    if (x.repeatsFirst) values[start - 1] = values[start];
    if (x.repeatsLast) values[start + mask.widthPx] = values[start + mask.widthPx - 1];
  }
  const firstStart = y.first * columns;
  const lastStart = (y.first + mask.heightPx - 1) * columns;
  if (y.repeatsFirst) values.copyWithin(firstStart - columns, firstStart, firstStart + columns);
  if (y.repeatsLast) values.copyWithin(lastStart + columns, lastStart, lastStart + columns);
  return { columns, rows, values, xsPx: x.positionsPx, ysPx: y.positionsPx, firstColumn: x.first, firstRow: y.first };
}
