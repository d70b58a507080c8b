/**
 * Says where two images differ, as a table that a person can read.
 *
 * @module
 */
import type { GreyImage } from "../../src/stream/base/frame.js";

const ROWS_SHOWN = 8;

/** A table of the first differing pixels, or `null` where no pixel differs by more than `tolerance` levels. */
export function imageDifference(actual: GreyImage | undefined, expected: GreyImage, tolerance = 0): string | null {
  if (actual === undefined) return "no image at all";
  if (actual.levels.constructor !== expected.levels.constructor) return "images of different depth";
  const size = `${actual.widthPx} x ${actual.heightPx}`;
  if (size !== `${expected.widthPx} x ${expected.heightPx}`)
    return `${size} px, not ${expected.widthPx} x ${expected.heightPx}`;
  const differing = Array.from(expected.levels.keys()).filter(
    (i) => !(Math.abs((actual.levels[i] ?? Number.NaN) - (expected.levels[i] ?? Number.NaN)) <= tolerance),
  );
  if (differing.length === 0) return null;
  const rows = differing.slice(0, ROWS_SHOWN).map((i) => {
    const place = `(${i % expected.widthPx}, ${Math.floor(i / expected.widthPx)})`;
    return `${place.padEnd(14)}${String(actual.levels[i]).padEnd(20)}${expected.levels[i]}`;
  });
  const heading = `${differing.length} of ${expected.levels.length} pixels differ (${size} px)`;
  return [heading, "(x, y)        actual              expected", ...rows].join("\n");
}
