/**
 * Work at a fixed rate, whatever becomes of it.
 *
 * @module
 */

/** Calls `work` `count` times at `perSecond`; what is late is made up for. Waits for each call. Gives the s it took. */
export async function atPace(
  count: number,
  perSecond: number,
  work: (index: number) => Promise<void> | void,
): Promise<number> {
  const startMs = performance.now();
  for (let index = 0; index < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - startMs) * perSecond) / 1_000) + 1);
    for (; index < due; index++) await work(index);
    // Shorter than a timer's ms, without a busy loop: a detector is as even.
    if (index < count) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return (performance.now() - startMs) / 1_000;
}
