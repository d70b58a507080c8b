/**
 * Waiting for what other processes do.
 *
 * @module
 */

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Longest wait of the fault bench, ms: a start on a machine with ten times as much to do. */
const LIMIT_MS = 60_000;

/** Waits until `isTrue`; rejects with what was waited for, and `detail` of that moment, when it never is. */
export async function waitFor(
  what: string,
  isTrue: () => boolean,
  { limitMs = LIMIT_MS, detail = () => "" }: { readonly limitMs?: number; readonly detail?: () => string } = {},
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms in vain for ${what}\n${detail()}`);
    await pause(4);
  }
}
