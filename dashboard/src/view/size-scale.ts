/**
 * The colour scale of the run: what size each colour of picture, legend and histogram means.
 *
 * @module
 */
import type { LengthUnit } from "../../../src/stream/base/units.js";
import type { ReadonlyCell } from "../state/cell.js";
import { createCell } from "../state/cell.js";
import type { Scene } from "../state/store.js";
import type { ColourRange } from "./colour-scale.js";
import { colourRange } from "./colour-scale.js";

export interface SizeScale {
  /** In `unit`. */
  readonly range: ColourRange;
  readonly unit: LengthUnit;
}

/** Follows the scenes; particles cut by the border do not count, their size is not known. */
export function createSizeScale(scene: ReadonlyCell<Scene | null>): ReadonlyCell<SizeScale | null> {
  const scale = createCell<SizeScale | null>(null);
  scene.subscribe(() => {
    const preview = scene.get()?.preview;
    if (preview === undefined) return scale.set(null);
    const unit = preview.pixelSizeNm === null ? "px" : "nm";
    const previous = scale.get();
    const kept = previous?.unit === unit ? previous.range : null;
    const sizes = Array.from(preview.ecdPx.filter((_, index) => preview.touchesBorder[index] === 0));
    const range = colourRange(
      kept,
      sizes.map((size) => size * (preview.pixelSizeNm ?? 1)),
    );
    if (range !== null && range !== kept) scale.set({ range, unit });
  });
  return scale;
}

/** The range in px of a frame. */
export function rangePx({ range }: SizeScale, pixelSizeNm: number | null): ColourRange {
  const unitPerPx = pixelSizeNm ?? 1;
  return { low: range.low / unitPerPx, high: range.high / unitPerPx };
}
