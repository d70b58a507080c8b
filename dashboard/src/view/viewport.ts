/**
 * Which part of the frame is shown, and where: frame px to view px and back.
 *
 * @module
 */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A view px is `frame px * scale + offset`. */
export interface Viewport {
  readonly scale: number;
  readonly offsetX: number;
  readonly offsetY: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Most view px that a frame px may cover. */
const LARGEST_SCALE = 64;

/** The whole frame, as large as the view allows, in its middle. */
export function fitted(frame: Size, view: Size): Viewport {
  const scale = Math.min(view.width / frame.width, view.height / frame.height);
  return {
    scale,
    offsetX: (view.width - frame.width * scale) / 2,
    offsetY: (view.height - frame.height * scale) / 2,
  };
}

/** Enlarged by `factor` about a point of the view, which keeps its place; never smaller than {@link fitted}. */
export function zoomed(
  viewport: Viewport,
  change: { factor: number; about: Point },
  frame: Size,
  view: Size,
): Viewport {
  const least = fitted(frame, view).scale;
  const scale = Math.min(Math.max(LARGEST_SCALE, least), Math.max(least, viewport.scale * change.factor));
  const ratio = scale / viewport.scale;
  const moved = {
    scale,
    offsetX: change.about.x - (change.about.x - viewport.offsetX) * ratio,
    offsetY: change.about.y - (change.about.y - viewport.offsetY) * ratio,
  };
  return contained(moved, frame, view);
}

/** Moved by `by` view px, as far as there is picture. */
export function panned(viewport: Viewport, by: Point, frame: Size, view: Size): Viewport {
  const moved = { ...viewport, offsetX: viewport.offsetX + by.x, offsetY: viewport.offsetY + by.y };
  return contained(moved, frame, view);
}

export function isFitted(viewport: Viewport, frame: Size, view: Size): boolean {
  return viewport.scale <= fitted(frame, view).scale * (1 + 1e-6);
}

export function toFrame({ scale, offsetX, offsetY }: Viewport, { x, y }: Point): Point {
  return { x: (x - offsetX) / scale, y: (y - offsetY) / scale };
}

/** An edge of the frame never comes inside the view while the frame is larger; a smaller frame is centred. */
function contained(viewport: Viewport, frame: Size, view: Size): Viewport {
  return {
    scale: viewport.scale,
    offsetX: clampOffset(viewport.offsetX, frame.width * viewport.scale, view.width),
    offsetY: clampOffset(viewport.offsetY, frame.height * viewport.scale, view.height),
  };
}

function clampOffset(offset: number, length: number, viewLength: number): number {
  if (length <= viewLength) return (viewLength - length) / 2;
  return Math.min(0, Math.max(viewLength - length, offset));
}
