/**
 * What is laid over and under the picture: scale bar and colour legend.
 *
 * @module
 */
import { axisNumber } from "../format/quantity.js";
import type { ReadonlyCell } from "../state/cell.js";
import { useCell } from "../state/cell.js";
import { BIN_COLOURS } from "../view/colour-scale.js";
import { scaleBar } from "../view/scale-bar.js";
import type { SizeScale } from "../view/size-scale.js";
import type { View } from "../view/view.js";

export function ScaleBarOverlay({ view }: { readonly view: ReadonlyCell<View | null> }) {
  const current = useCell(view);
  if (current === null || current.size.width === 0) return null;
  const { viewport, size, pixelSizeNm } = current;
  const { widthCssPx, label } = scaleBar(viewport.scale, size.width, pixelSizeNm);
  return (
    <div
      class="scale-bar"
      data-scale-bar={label}
      title={pixelSizeNm === null ? "The pixel size is not known" : undefined}
    >
      <span>{label}</span>
      <i style={{ width: `${widthCssPx}px` }} />
    </div>
  );
}

const GRADIENT = `linear-gradient(to right, ${BIN_COLOURS.join(", ")})`;

export function ColourLegend({ scale }: { readonly scale: ReadonlyCell<SizeScale | null> }) {
  const current = useCell(scale, 200);
  const unit = current?.unit ?? "nm";
  return (
    <div class="legend">
      <span class="legend-title">Diameter, {unit}</span>
      <i class="legend-bar" style={{ backgroundImage: GRADIENT }} />
      <span class="legend-ticks" data-legend={unit}>
        {ticks(current).map((tick) => (
          <span key={tick}>{tick}</span>
        ))}
      </span>
      <span class="legend-cut">
        <i /> cut by the border, not sized
      </span>
    </div>
  );
}

/** The ends and the middle of the scale. */
function ticks(scale: SizeScale | null): readonly string[] {
  if (scale === null) return [];
  const { low, high } = scale.range;
  return [low, (low + high) / 2, high].map((value) => axisNumber(value));
}
