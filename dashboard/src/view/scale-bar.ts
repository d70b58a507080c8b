/**
 * The scale bar: a round length about a quarter of the picture wide.
 *
 * @module
 */
import { significant } from "../format/quantity.js";

export interface ScaleBar {
  readonly widthCssPx: number;
  readonly label: string;
}

const TARGET_SHARE = 0.25;

/**
 * @param frameCssPx CSS px that one frame px covers on the screen
 * @param viewWidthCssPx width of the view
 * @param pixelSizeNm nm/px, or `null`: the bar is then in px of the frame, and its label says so
 */
export function scaleBar(frameCssPx: number, viewWidthCssPx: number, pixelSizeNm: number | null): ScaleBar {
  const cssPxPerUnit = frameCssPx / (pixelSizeNm ?? 1);
  const value = roundDown((viewWidthCssPx * TARGET_SHARE) / cssPxPerUnit);
  return {
    widthCssPx: value * cssPxPerUnit,
    label: pixelSizeNm === null ? `${barDigits(value)} px` : lengthLabel(value),
  };
}

function lengthLabel(nm: number): string {
  if (nm >= 1_000) return `${barDigits(nm / 1_000)} µm`;
  return nm < 1 ? `${barDigits(nm * 1_000)} pm` : `${barDigits(nm)} nm`;
}

/** 1, 2 and 5 times a power of ten need one digit. */
function barDigits(value: number): string {
  return significant(value, 1);
}

/** The largest of 1, 2, 5 times a power of ten that is not above `value`. */
function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [5, 2].find((candidate) => candidate * power <= value) ?? 1;
  return factor * power;
}
