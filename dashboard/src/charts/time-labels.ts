/**
 * Labels of a time axis: local time of day, 24 hours, seconds only where they tell something.
 *
 * @module
 */
import { clockTime } from "../format/quantity.js";

/** `splits` are seconds since 1970, `stepS` apart. */
export function timeLabels(splits: readonly number[], stepS: number): string[] {
  return splits.map((atS) => {
    const time = clockTime(atS * 1_000);
    return stepS < 60 ? time : time.slice(0, 5);
  });
}
