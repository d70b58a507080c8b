/**
 * A cell: one value outside the component tree, with subscriptions. Values that change with every frame live in cells, so that a
 * frame re-renders the few components that show it and nothing else.
 *
 * @module
 */
import { useEffect, useReducer, useRef } from "preact/hooks";

export interface ReadonlyCell<T> {
  get(): T;
  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

export interface Cell<T> extends ReadonlyCell<T> {
  /** Setting the same value again tells nobody. */
  set(value: T): void;
}

export function createCell<T>(initial: T): Cell<T> {
  const listeners = new Set<() => void>();
  let current = initial;
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Calls `action` at once and then at most once every `intervalMs`; the last call is never lost. `cancel` forgets a pending call.
 */
export function throttled(
  action: () => void,
  intervalMs: number,
): { readonly call: () => void; readonly cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let calledAtMs = Number.NEGATIVE_INFINITY;
  const run = () => {
    timer = undefined;
    calledAtMs = performance.now();
    action();
  };
  return {
    call() {
      if (timer !== undefined) return;
      const waitMs = calledAtMs + intervalMs - performance.now();
      if (waitMs <= 0) run();
      else timer = setTimeout(run, waitMs);
    },
    cancel() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** The value of a cell; renders again when it changes, at most once every `intervalMs`. */
export function useCell<T>(cell: ReadonlyCell<T>, intervalMs = 0): T {
  const [, render] = useReducer((renders: number) => renders + 1, 0);
  const shown = useRef(cell.get());
  shown.current = cell.get();
  useEffect(() => {
    const update = throttled(() => render(undefined), intervalMs);
    const unsubscribe = cell.subscribe(update.call);
    // The cell may have changed between the render and this subscription.
    if (!Object.is(shown.current, cell.get())) update.call();
    return () => {
      unsubscribe();
      update.cancel();
    };
  }, [cell, intervalMs]);
  return shown.current;
}
