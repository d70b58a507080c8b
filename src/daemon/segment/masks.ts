/**
 * From mask probabilities over a box to a field over the frame.
 *
 * @module
 */
import type { Box, MaskField } from "../../stream/base/detection.js";

/** Probabilities over a box, row-major; the outer edges of its cells are the edges of the box. */
export interface BoxMask {
  readonly columns: number;
  readonly rows: number;
  readonly probabilities: Float32Array;
}

/**
 * The probabilities at the centres of the frame's pixels, interpolated bilinearly between the centres of the mask's cells and towards 0 outside,
 * as torchvision's and detectron2's pasting of masks at sub-pixel boxes has it (grid_sample, align_corners=False, zero padding).
 *
 * `null` where no pixel centre of the frame is reached or the box has no area.
 */
export function pasted(mask: BoxMask, box: Box, frameWidthPx: number, frameHeightPx: number): MaskField | null {
  if (!(box.x1 > box.x0 && box.y1 > box.y0)) return null;
  const across = samplesAlong(box.x0, box.x1, mask.columns, frameWidthPx);
  const down = samplesAlong(box.y0, box.y1, mask.rows, frameHeightPx);
  const widthPx = across.cells.length;
  const heightPx = down.cells.length;
  if (widthPx === 0 || heightPx === 0) return null;
  const values = new Float32Array(widthPx * heightPx);
  const row = new Float32Array(mask.columns);
  for (let y = 0; y < heightPx; y++) {
    interpolateRows(mask, down.cells[y], down.shares[y], row);
    for (let x = 0; x < widthPx; x++) {
      const cell = across.cells[x];
      const share = across.shares[x];
      values[y * widthPx + x] = (1 - share) * (row[cell] ?? 0) + share * (row[cell + 1] ?? 0);
    }
  }
  return { xPx: across.first, yPx: down.first, widthPx, heightPx, values };
}

/** For each pixel from `first` on: the cell at or before its centre, -1 before the first one, and the share of the next cell. */
interface Samples {
  readonly first: number;
  readonly cells: Int32Array;
  readonly shares: Float32Array;
}

function samplesAlong(low: number, high: number, cellCount: number, frameEdgePx: number): Samples {
  const cellsPerPx = cellCount / (high - low);
  // Fields fall to 0 half a cell outside the box.
  const first = Math.max(0, Math.ceil(low - 0.5 / cellsPerPx - 0.5));
  const last = Math.min(frameEdgePx - 1, Math.floor(high + 0.5 / cellsPerPx - 0.5));
  const count = Math.max(0, last - first + 1);
  const cells = new Int32Array(count);
  const shares = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const position = (first + i + 0.5 - low) * cellsPerPx - 0.5;
    cells[i] = Math.floor(position);
    shares[i] = position - cells[i];
  }
  return { first, cells, shares };
}

/** One row of cell values between two rows of the mask; rows outside it are 0. */
function interpolateRows(mask: BoxMask, cell: number, share: number, row: Float32Array): void {
  const { columns, rows, probabilities } = mask;
  const upper = cell >= 0 && cell < rows ? 1 - share : 0;
  const lower = cell >= -1 && cell < rows - 1 ? share : 0;
  const at = cell * columns;
  for (let x = 0; x < columns; x++) {
    row[x] =
      (upper > 0 ? upper * probabilities[at + x] : 0) + (lower > 0 ? lower * probabilities[at + columns + x] : 0);
  }
}

/** Pixels of the particle: those with a field of at least 0.5. */
export function maskAreaPx({ values }: MaskField): number {
  let area = 0;
  for (let i = 0; i < values.length; i++) if (values[i] >= 0.5) area += 1;
  return area;
}

/** Pixels that belong to both particles. */
export function sharedAreaPx(a: MaskField, b: MaskField): number {
  const x0 = Math.max(a.xPx, b.xPx);
  const x1 = Math.min(a.xPx + a.widthPx, b.xPx + b.widthPx);
  const y1 = Math.min(a.yPx + a.heightPx, b.yPx + b.heightPx);
  let area = 0;
  for (let y = Math.max(a.yPx, b.yPx); y < y1; y++) {
    const inA = (y - a.yPx) * a.widthPx - a.xPx;
    const inB = (y - b.yPx) * b.widthPx - b.xPx;
    for (let x = x0; x < x1; x++) if (a.values[inA + x] >= 0.5 && b.values[inB + x] >= 0.5) area += 1;
  }
  return area;
}
