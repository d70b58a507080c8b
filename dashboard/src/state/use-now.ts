/**
 * Time that goes on between messages.
 *
 * @module
 */
import { useEffect, useState } from "preact/hooks";

/** Monotonic ms, renewed every `intervalMs`. */
export function useNow(intervalMs: number): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return now;
}
