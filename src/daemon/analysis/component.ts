/**
 * The component of a mask that is the particle: its outer contour, its holes and its pixels.
 *
 * @module
 */
import type { MaskField } from "../../stream/base/detection.js";
import type { Frame, PixelData } from "../../stream/base/frame.js";
import type { Contours } from "./contour.js";
import type { NodeGrid } from "./node-grid.js";
import { areaOf, type PolygonPx } from "./polygon.js";

/** One connected piece of a mask. */
export interface Component {
  /** Index of its outer contour. */
  readonly index: number;
  readonly outer: PolygonPx;
  readonly holes: readonly PolygonPx[];
}

/** The component of the largest area without its holes, the first of equals; `null` where none has an area that is a number. */
export function largestComponent({ list }: Contours): Component | null {
  const areasPx2 = new Float64Array(list.length);
  for (const { polygon, component } of list) areasPx2[component] += areaOf(polygon);
  let index = -1;
  for (let i = 0; i < list.length; i++) {
    if (areasPx2[i] > (index < 0 ? 0 : areasPx2[index])) index = i;
  }
  if (index < 0) return null;
  const holes = list.filter((contour) => contour.isHole && contour.component === index);
  return { index, outer: list[index].polygon, holes: holes.map(({ polygon }) => polygon) };
}

/** Where to find the pixels of a component. */
export interface ComponentPixels {
  readonly contours: Contours;
  /** Index of the component's outer contour. */
  readonly component: number;
  readonly grid: NodeGrid;
  readonly mask: MaskField;
  readonly frame: Frame;
}

/**
 * Mean intensity of the frame's pixels whose centres lie in the component.
 *
 * Pixels that are not finite are left out; 0 where none is left.
 */
export function meanIntensityOf({ contours, component, grid, mask, frame }: ComponentPixels): number {
  const { columns, firstColumn, firstRow } = grid;
  const { pixels } = frame;
  const add = pixels instanceof Uint8Array ? addBytes : addFinite;
  const total = { sum: 0, count: 0 };
  for (const run of contours.runs) {
    const gridRow = Math.floor(run.start / columns);
    const row = gridRow - firstRow;
    if (run.component !== component || row < 0 || row >= mask.heightPx) continue;
    const toColumn = -gridRow * columns - firstColumn;
    const toPixel = (mask.yPx + row) * frame.widthPx + mask.xPx;
    const end = toPixel + Math.min(run.end + toColumn, mask.widthPx);
    add(total, pixels, toPixel + Math.max(run.start + toColumn, 0), end);
  }
  return total.count === 0 ? 0 : total.sum / total.count;
}

interface Total {
  sum: number;
  count: number;
}

function addFinite(total: Total, pixels: PixelData, start: number, end: number): void {
  for (let pixel = start; pixel < end; pixel++) {
    const intensity = pixels[pixel];
    if (!Number.isFinite(intensity)) continue;
    total.sum += intensity;
    total.count++;
  }
}

/** Bytes are finite: nothing to look at, and half the time. */
function addBytes(total: Total, pixels: PixelData, start: number, end: number): void {
  let sum = 0;
  for (let pixel = start; pixel < end; pixel++) sum += pixels[pixel];
  total.sum += sum;
  total.count += Math.max(0, end - start);
}
