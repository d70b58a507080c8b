/**
 * Numbers as people type them.
 *
 * @module
 */

/** The number that `text` states, `null` for none where that is allowed, `undefined` for anything else. */
export function numberFrom(text: string, mayBeEmpty: boolean): number | null | undefined {
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "") return mayBeEmpty ? null : undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}
