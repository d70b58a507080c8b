/**
 * Numbers and times as instruments' programs write them into texts.
 *
 * @module
 */
import type { UnixMs } from "../base/units.js";

/** A year before the first digital microscope, and one that a wrong unit gives. */
const EARLIEST_MS = Date.UTC(1980, 0, 1);
const LATEST_MS = Date.UTC(2200, 0, 1);

/** ms since 1970 as a time of acquisition, or `null` where it cannot be one. */
export function acquiredAt(unixMs: number | null | undefined): UnixMs | null {
  if (unixMs === null || unixMs === undefined || !(unixMs >= EARLIEST_MS && unixMs < LATEST_MS)) return null;
  return unixMs as UnixMs;
}

/** An exposure, ms: positive and finite, or `null`. A day is longer than any. */
export function exposureFrom(ms: number | null | undefined): number | null {
  return ms !== null && ms !== undefined && ms > 0 && ms <= 86_400_000 ? ms : null;
}

/**
 * A number as people of any country write it: `1.5e-9`, `1,5E-9`, `1.234,5`, `1,234.5`. Where a point and a comma stand, the later one is
 * the decimal sign. NaN where the text does not begin with a number.
 */
export function parseDecimal(text: string): number {
  const [written = ""] = /^[-+]?[\d.,]+(?:[eE][-+]?\d+)?/.exec(text.trim()) ?? [];
  const decimalAt = Math.max(written.lastIndexOf("."), written.lastIndexOf(","));
  const plain = [...written].filter((sign, i) => (sign !== "." && sign !== ",") || i === decimalAt).join("");
  return plain === "" ? Number.NaN : Number(plain.replace(",", "."));
}

/**
 * A date and a time of day as programs print them in the language of their machine, taken as this machine's local time: `2016-02-21`,
 * `21.2.2016`, `2/21/2016`, `17:50:18`, `5:50:18 PM`. With slashes the month comes first unless it cannot be one. `null` where unreadable.
 */
export function parseLocalTime(date: string, time: string): UnixMs | null {
  const day = parseDate(date.trim());
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,](\d+))?\s*([AaPp])?/.exec(time.trim());
  if (day === null || clock === null) return null;
  const [, hour = "", minute = "", second = "0", fraction = "0", half] = clock;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  const local = new Date(day.year, day.month - 1, day.day, hours, Number(minute), Number(second));
  return acquiredAt(local.getTime() + Math.floor(Number(`0.${fraction}`) * 1000));
}

interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function parseDate(text: string): CalendarDay | null {
  const iso = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text);
  if (iso !== null) return dayFrom(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const other = /^(\d{1,2})([-/.])\s*(\d{1,2})[-/.]\s*(\d{2}|\d{4})$/.exec(text);
  if (other === null) return null;
  const [first, second, year] = [Number(other[1]), Number(other[3]), Number(other[4])];
  const fullYear = year < 100 ? 2000 + year : year;
  const isMonthFirst = other[2] === "/" && first <= 12;
  return isMonthFirst ? dayFrom(fullYear, first, second) : dayFrom(fullYear, second, first);
}

function dayFrom(year: number, month: number, day: number): CalendarDay | null {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? { year, month, day } : null;
}

/** Days from 1899-12-30, as OLE automation counts, to 1970. */
const OLE_EPOCH_DAYS = 25_569;

/** A time in days since 1899-12-30, as FEI's headers have it: a clock on the wall without a zone, taken as this machine's local time. */
export function fromOleDays(days: number): UnixMs | null {
  const wall = new Date(Math.round((days - OLE_EPOCH_DAYS) * 86_400_000));
  if (acquiredAt(wall.getTime()) === null) return null;
  const [year, month, day] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()];
  const [hours, minutes, seconds] = [wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds()];
  return acquiredAt(new Date(year, month, day, hours, minutes, seconds, wall.getUTCMilliseconds()).getTime());
}

/** A time in 100 ns since 1601, as Windows counts. */
export function fromFileTime(ticks: number): UnixMs | null {
  return acquiredAt(Math.floor(ticks / 10_000) - 11_644_473_600_000);
}
