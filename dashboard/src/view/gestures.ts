/**
 * Wheel, drag, click and keys on the picture.
 *
 * @module
 */
import type { Point } from "./viewport.js";

/** What the gestures mean; points and distances in view px. */
export interface GestureActions {
  zoom(factor: number, about: Point): void;
  pan(by: Point): void;
  reset(): void;
  /** The pointer is here, or has left (`null`). */
  point(at: Point | null): void;
  choose(at: Point): void;
}

/** A press that moves less than this, view px, is a click. */
const CLICK_SLACK = 4;
const WHEEL_STEP = 1.0015;
const KEY_ZOOM = 1.25;
const KEY_PAN = 40;

/** Listens on `element` until the returned function is called. */
export function gestures(element: HTMLElement, actions: GestureActions): () => void {
  const listening = new AbortController();
  const options = { signal: listening.signal };
  let pressed: Point | null = null;
  let last: Point | null = null;

  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      actions.zoom(WHEEL_STEP ** -event.deltaY, at(event));
    },
    { ...options, passive: false },
  );
  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      pressed = at(event);
      last = pressed;
      element.setPointerCapture(event.pointerId);
    },
    options,
  );
  element.addEventListener(
    "pointermove",
    (event) => {
      const now = at(event);
      actions.point(now);
      if (last === null) return;
      actions.pan({ x: now.x - last.x, y: now.y - last.y });
      last = now;
    },
    options,
  );
  element.addEventListener(
    "pointerup",
    (event) => {
      const now = at(event);
      if (pressed !== null && Math.hypot(now.x - pressed.x, now.y - pressed.y) < CLICK_SLACK) actions.choose(now);
      pressed = null;
      last = null;
    },
    options,
  );
  element.addEventListener("pointerleave", () => actions.point(null), options);
  element.addEventListener("dblclick", () => actions.reset(), options);
  element.addEventListener("keydown", (event) => pressKey(event, element, actions), options);
  return () => listening.abort();
}

function at(event: MouseEvent): Point {
  return { x: event.offsetX, y: event.offsetY };
}

function pressKey(event: KeyboardEvent, element: HTMLElement, actions: GestureActions): void {
  const middle = { x: element.clientWidth / 2, y: element.clientHeight / 2 };
  const keys: Readonly<Record<string, () => void>> = {
    "+": () => actions.zoom(KEY_ZOOM, middle),
    "=": () => actions.zoom(KEY_ZOOM, middle),
    "-": () => actions.zoom(1 / KEY_ZOOM, middle),
    "0": () => actions.reset(),
    ArrowLeft: () => actions.pan({ x: KEY_PAN, y: 0 }),
    ArrowRight: () => actions.pan({ x: -KEY_PAN, y: 0 }),
    ArrowUp: () => actions.pan({ x: 0, y: KEY_PAN }),
    ArrowDown: () => actions.pan({ x: 0, y: -KEY_PAN }),
  };
  const action = keys[event.key];
  if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  action();
}
