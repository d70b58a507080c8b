/**
 * Numbers as people read them: every figure of the page is written here, with its unit.
 *
 * @module
 */
import type { LengthUnit } from "../../../src/stream/base/units.js";

/** Stands where a value is not known. */
export const NO_VALUE = "–";

/** A figure and its unit, set apart so that they can be styled apart. */
export interface Quantity {
  readonly text: string;
  readonly unit: string;
}

// SI and ISO 80000 group digits by a thin space: a comma is a decimal sign in half of the world's laboratories.
const GROUP = "\u202f";

/** A whole number with grouped digits. */
export function countText(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, GROUP);
}

/** `value` with `digits` significant digits and never an exponent, zeros kept so that the width is steady. */
export function significant(value: number | null, digits = 3): string {
  if (value === null || !Number.isFinite(value)) return NO_VALUE;
  if (value === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.min(6, Math.max(0, digits - 1 - magnitude));
  const [whole = "", fraction] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, GROUP);
  return `${value < 0 ? "−" : ""}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** A value on an axis: as many digits as it needs, and no more. */
export function axisNumber(value: number): string {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

/** `value` with a fixed number of decimals. */
export function fixed(value: number | null, decimals: number): string {
  if (value === null || !Number.isFinite(value)) return NO_VALUE;
  return value.toFixed(decimals).replace("-", "−");
}

/** A length, given in `unit`. */
export function length(value: number | null, unit: LengthUnit, digits = 3): Quantity {
  return { text: significant(value, digits), unit };
}

/** Particles per area, given per `unit` squared: shown per µm² or per megapixel, where figures are of readable size. */
export function numberDensity(value: number | null, unit: LengthUnit): Quantity {
  return { text: significant(value === null ? null : value * 1e6), unit: unit === "nm" ? "/ µm²" : "/ Mpx" };
}

/** A share 0..1 in percent. */
export function percent(value: number | null): Quantity {
  return { text: fixed(value === null ? null : value * 100, 1), unit: "%" };
}

/** A duration: ms below a second, else s, min and h. */
export function duration(ms: number | null): Quantity {
  if (ms === null) return { text: NO_VALUE, unit: "ms" };
  if (ms < 1_000) return { text: Math.round(ms).toString(), unit: "ms" };
  if (ms < 100_000) return { text: (ms / 1_000).toFixed(1), unit: "s" };
  if (ms < 6_000_000) return { text: Math.round(ms / 60_000).toString(), unit: "min" };
  return { text: (ms / 3_600_000).toFixed(1), unit: "h" };
}

/** Memory, in MB below a GB. */
export function memory(bytes: number): Quantity {
  return bytes < 1e9
    ? { text: Math.round(bytes / 1e6).toString(), unit: "MB" }
    : { text: (bytes / 1e9).toFixed(2), unit: "GB" };
}

/** A time of day, 24 hours, local. */
export function clockTime(unixMs: number): string {
  const date = new Date(unixMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** Figure and unit as one string with a no-break space. */
export function quantityText({ text, unit }: Quantity): string {
  return `${text}\u00a0${unit}`;
}

/** How long ago something was: tenths of a second up to 100 s. */
export function age(ms: number): Quantity {
  if (ms < 100_000) return { text: (ms / 1_000).toFixed(1), unit: "s" };
  return duration(ms);
}

/** A source as people name it: `folder:/data/run-7` is the folder itself. */
export function sourceName(name: string): string {
  return name.replace(/^folder:/, "");
}
