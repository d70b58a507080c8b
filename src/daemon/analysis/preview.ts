/**
 * Pictures for people: a grey image shrunk to what a screen shows.
 *
 * @module
 */
import type { GreyImage } from "../../stream/base/frame.js";

/** An 8-bit picture; its last column and row may cover less than `framePxPerPreviewPx` frame pixels. */
export interface RenderedPreview {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framePxPerPreviewPx: number;
  readonly pixels: Uint8Array;
}

/**
 * Shrinks a grey image by the least whole factor that brings both edges to `maxEdgePx` or less, and clips it to 0..255.
 *
 * Each preview pixel is the mean of the frame pixels that it covers, so that noise and small particles look as they would from afar.
 */
export function renderPreview(grey: GreyImage, maxEdgePx: number): RenderedPreview {
  const { levels } = grey;
  const factor = Math.max(1, Math.ceil(Math.max(grey.widthPx, grey.heightPx) / maxEdgePx));
  const widthPx = Math.ceil(grey.widthPx / factor);
  const heightPx = Math.ceil(grey.heightPx / factor);
  if (factor === 1 && levels instanceof Uint8Array) {
    return { widthPx, heightPx, framePxPerPreviewPx: factor, pixels: levels.slice() };
  }
  const pixels = new Uint8Array(widthPx * heightPx);
  for (let row = 0; row < heightPx; row++)
    renderRow(pixels.subarray(row * widthPx, (row + 1) * widthPx), grey, row, factor);
  return { widthPx, heightPx, framePxPerPreviewPx: factor, pixels };
}

function renderRow(target: Uint8Array, grey: GreyImage, row: number, factor: number): void {
  const { widthPx, levels } = grey;
  const top = row * factor;
  const bottom = Math.min(grey.heightPx, top + factor);
  for (let column = 0; column < target.length; column++) {
    const left = column * factor;
    const right = Math.min(widthPx, left + factor);
    let sum = 0;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) sum += levels[y * widthPx + x];
    }
    const mean = sum / ((bottom - top) * (right - left));
    target[column] = Math.floor(Math.min(255, Math.max(0, mean)) + 0.5);
  }
}
