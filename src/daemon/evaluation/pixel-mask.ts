/**
 * Particles as sets of pixels, which is what overlap is counted on.
 *
 * @module
 */
import { type Box, CONTOUR_LEVEL, type MaskField } from "../../stream/base/detection.js";

/** The pixels of one particle over the smallest window of the frame that holds them. */
export interface PixelMask {
  /** Column and row of the window's first pixel in the frame. */
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Row-major, `widthPx * heightPx`: 1 where the particle is, else 0. */
  readonly pixels: Uint8Array;
  /** Pixels that are 1, at least one. */
  readonly areaPx2: number;
}

/** A rectangle of pixels: from `x0`, `y0` up to, not including, `x1`, `y1`. */
type Window = Box;

/** The pixels where a field is 0.5 or more; `null` where it nowhere is. */
export function pixelMaskFromField(field: MaskField): PixelMask | null {
  return pixelMaskOf(field, (index) => field.values[index] >= CONTOUR_LEVEL);
}

/** The pixels of a window of the frame for which `isInside` holds; `null` where it holds for none. */
export function pixelMaskOf(
  { xPx, yPx, widthPx, heightPx }: Pick<PixelMask, "xPx" | "yPx" | "widthPx" | "heightPx">,
  isInside: (index: number) => boolean,
): PixelMask | null {
  const pixels = new Uint8Array(widthPx * heightPx);
  const tight = { x0: widthPx, y0: heightPx, x1: 0, y1: 0 };
  let areaPx2 = 0;
  for (let y = 0, index = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, index++) {
      if (!isInside(index)) continue;
      pixels[index] = 1;
      areaPx2 += 1;
      extend(tight, x, y);
    }
  }
  return areaPx2 === 0 ? null : cropped({ xPx, yPx, widthPx, heightPx, pixels, areaPx2 }, tight);
}

/** One mask for each number above 0 that occurs in a label image, in the order of the numbers. */
export function pixelMasksFromLabels(labels: ArrayLike<number>, frameWidthPx: number): readonly PixelMask[] {
  const windows = new Map<number, { x0: number; y0: number; x1: number; y1: number }>();
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index];
    if (label <= 0) continue;
    const x = index % frameWidthPx;
    const y = (index - x) / frameWidthPx;
    const window = windows.get(label);
    if (window === undefined) windows.set(label, { x0: x, y0: y, x1: x + 1, y1: y + 1 });
    else extend(window, x, y);
  }
  const inOrder = [...windows].sort(([a], [b]) => a - b);
  return inOrder.flatMap(([label, { x0, y0, x1, y1 }]) => {
    const widthPx = x1 - x0;
    const window = { xPx: x0, yPx: y0, widthPx, heightPx: y1 - y0 };
    const mask = pixelMaskOf(window, (index) => {
      const column = index % widthPx;
      return labels[(y0 + (index - column) / widthPx) * frameWidthPx + x0 + column] === label;
    });
    return mask === null ? [] : [mask];
  });
}

/** Pixels that both masks have. */
export function sharedPixels(a: PixelMask, b: PixelMask): number {
  const x0 = Math.max(a.xPx, b.xPx);
  const x1 = Math.min(a.xPx + a.widthPx, b.xPx + b.widthPx);
  const y1 = Math.min(a.yPx + a.heightPx, b.yPx + b.heightPx);
  let shared = 0;
  for (let y = Math.max(a.yPx, b.yPx); y < y1; y++) {
    const inA = (y - a.yPx) * a.widthPx - a.xPx;
    const inB = (y - b.yPx) * b.widthPx - b.xPx;
    for (let x = x0; x < x1; x++) shared += a.pixels[inA + x] & b.pixels[inB + x];
  }
  return shared;
}

/** Intersection over union of two masks, 0..1. */
export function maskIou(a: PixelMask, b: PixelMask): number {
  const shared = sharedPixels(a, b);
  return shared / (a.areaPx2 + b.areaPx2 - shared);
}

/** The bounding box of a mask, edges of pixels at whole numbers. */
export function boxOfMask({ xPx, yPx, widthPx, heightPx }: PixelMask): Box {
  return { x0: xPx, y0: yPx, x1: xPx + widthPx, y1: yPx + heightPx };
}

/** The mask as a field, 1 inside and 0 outside, to be measured and outlined as any other. */
export function fieldOfMask({ pixels, areaPx2: _, ...window }: PixelMask): MaskField {
  return { ...window, values: Float32Array.from(pixels) };
}

/** Sets a mask's pixels in an image of the whole frame. */
export function paintMask(image: Uint8Array, frameWidthPx: number, mask: PixelMask, value: number): void {
  for (let row = 0; row < mask.heightPx; row++) {
    const from = row * mask.widthPx;
    const to = (mask.yPx + row) * frameWidthPx + mask.xPx;
    for (let x = 0; x < mask.widthPx; x++) if (mask.pixels[from + x] === 1) image[to + x] |= value;
  }
}

function extend(window: { x0: number; y0: number; x1: number; y1: number }, x: number, y: number): void {
  if (x < window.x0) window.x0 = x;
  if (y < window.y0) window.y0 = y;
  if (x >= window.x1) window.x1 = x + 1;
  if (y >= window.y1) window.y1 = y + 1;
}

function cropped(mask: PixelMask, { x0, y0, x1, y1 }: Window): PixelMask {
  const widthPx = x1 - x0;
  const heightPx = y1 - y0;
  if (widthPx === mask.widthPx && heightPx === mask.heightPx) return mask;
  const pixels = new Uint8Array(widthPx * heightPx);
  for (let row = 0; row < heightPx; row++) {
    const from = (y0 + row) * mask.widthPx + x0;
    pixels.set(mask.pixels.subarray(from, from + widthPx), row * widthPx);
  }
  return { ...mask, xPx: mask.xPx + x0, yPx: mask.yPx + y0, widthPx, heightPx, pixels };
}
