/**
 * Names and values of particle columns in files: units in every name, in nm where the pixel size is known.
 *
 * @module
 */
import type { ParticleColumnName, ParticleTable } from "../../stream/base/particles.js";
import { PARTICLE_COLUMN_NAMES, PARTICLE_COLUMNS } from "../../stream/base/particles.js";
import type { LengthUnit, PixelSizeNm } from "../../stream/base/units.js";

/** Columns whose values scale with the pixel size. Positions stay in px: they point into the frame. */
export const LENGTH_COLUMN_NAMES: readonly ParticleColumnName[] = PARTICLE_COLUMN_NAMES.filter(
  (name) => PARTICLE_COLUMNS[name].lengthPower !== 0,
);

/** A column's name with its unit: `ecdPx` -> `ecdNm`, `areaPx2` -> `areaNm2`; names without a scaling unit stay. */
export function nameIn(unit: LengthUnit, name: ParticleColumnName): string {
  return unit === "nm" && PARTICLE_COLUMNS[name].lengthPower !== 0 ? name.replace(/Px(2?)$/, "Nm$1") : name;
}

/** `boundaryAreaRatioPerPx` -> `boundary_area_ratio_per_px`, as tables are headed. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

/**
 * Value of row `row` in px, or in nm with a pixel size, to the 7 significant digits that 32-bit floats hold; `null` where it is not
 * finite.
 */
export function valueAt(
  table: ParticleTable,
  name: ParticleColumnName,
  row: number,
  pixelSizeNm: PixelSizeNm | null = null,
): number | null {
  const { array, lengthPower } = PARTICLE_COLUMNS[name];
  const stored = table[name][row] ?? Number.NaN;
  const value = pixelSizeNm === null ? stored : stored * pixelSizeNm ** lengthPower;
  if (!Number.isFinite(value)) return null;
  return array === "f32" ? Number(value.toPrecision(7)) : value;
}
