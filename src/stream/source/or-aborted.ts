/**
 * Waiting for one thing of many, with a way out that lives as long as its source.
 *
 * @module
 */

/**
 * Resolves when `work` does, or when `signal` is aborted; rejects as `work` does. Nothing is left at the signal: a race against a promise that
 * lives for days would keep something of every frame.
 */
export function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    // Before whoever waits goes on to the next: a listener that is removed after that keeps hold of the next one, and so on through the days.
    work.finally(() => signal.removeEventListener("abort", onAbort)).then(resolve, reject);
  });
}
