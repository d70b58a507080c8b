/**
 * The columns of the particle table as people read them, made from the shared list of columns.
 *
 * @module
 */
import type { ParticleColumnName } from "../../../src/stream/base/particles.js";
import { PARTICLE_COLUMNS } from "../../../src/stream/base/particles.js";
import { countText, fixed, significant } from "../format/quantity.js";
import type { FrameParticles } from "../state/store.js";

export interface ViewColumn {
  readonly name: ParticleColumnName;
  readonly label: string;
  /** Decimals; `null`: three significant digits. */
  readonly decimals: number | null;
  /** Whether it is among the values under the picture. */
  readonly inDetail: boolean;
}

export const PARTICLE_VIEW: readonly ViewColumn[] = [
  { name: "id", label: "No.", decimals: 0, inDetail: true },
  { name: "ecdPx", label: "ECD", decimals: null, inDetail: true },
  { name: "areaPx2", label: "Area", decimals: null, inDetail: true },
  { name: "feretMaxPx", label: "Feret max", decimals: null, inDetail: false },
  { name: "feretMinPx", label: "Feret min", decimals: null, inDetail: false },
  { name: "aspectRatio", label: "Aspect", decimals: 3, inDetail: true },
  { name: "circularity", label: "Circularity", decimals: 3, inDetail: true },
  { name: "solidity", label: "Solidity", decimals: 3, inDetail: false },
  { name: "orientationRad", label: "Angle", decimals: 0, inDetail: false },
  { name: "meanIntensity", label: "Intensity", decimals: null, inDetail: true },
  { name: "score", label: "Score", decimals: 2, inDetail: true },
  { name: "touchesBorder", label: "Border", decimals: null, inDetail: false },
];

const DEGREES = 180 / Math.PI;

/** Unit of a column's shown values; empty for plain numbers. */
export function columnUnit({ name }: ViewColumn, pixelSizeNm: number | null): string {
  const { unit } = PARTICLE_COLUMNS[name];
  if (unit === "rad") return "°";
  if (unit === "px") return pixelSizeNm === null ? "px" : "nm";
  if (unit === "px2") return pixelSizeNm === null ? "px²" : "nm²";
  return "";
}

/** Value of row `index` in the shown unit. */
export function cellValue({ name }: ViewColumn, { table, pixelSizeNm }: FrameParticles, index: number): number {
  const stored = table[name][index] ?? Number.NaN;
  const { unit, lengthPower } = PARTICLE_COLUMNS[name];
  return unit === "rad" ? stored * DEGREES : stored * (pixelSizeNm ?? 1) ** lengthPower;
}

export function cellText(column: ViewColumn, particles: FrameParticles, index: number): string {
  const value = cellValue(column, particles, index);
  if (column.name === "id") return countText(value);
  if (column.name === "touchesBorder") return value === 1 ? "cut" : "";
  return column.decimals === null ? significant(value) : fixed(value, column.decimals);
}
