/**
 * How long to wait before the next attempt.
 *
 * @module
 */

const FIRST_MS = 250;
/** A restarted daemon is found again within this time. */
const LONGEST_MS = 5_000;

/**
 * Doubles from 250 ms to 5 s, ms. `random` (0..1) shortens it by up to a quarter, so that the pages of a laboratory do not return
 * all at once.
 */
export function backoffMs(attempt: number, random: number): number {
  const fullMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, attempt - 1));
  return fullMs * (1 - random / 4);
}
