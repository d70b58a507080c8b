/**
 * The live frame on a canvas: draws when something changes, zooms, pans and tells which particle is pointed at.
 *
 * @module
 */
import type { Cell, ReadonlyCell } from "../state/cell.js";
import type { PickedParticle, Selection } from "../state/selection.js";
import { pick } from "../state/selection.js";
import type { Scene } from "../state/store.js";
import { animationTask } from "./animation-task.js";
import type { GestureActions } from "./gestures.js";
import { gestures } from "./gestures.js";
import type { OutlinePaths } from "./outlines.js";
import { outlineAt, outlineCount, outlinePath, outlinePaths } from "./outlines.js";
import type { Highlight } from "./painter.js";
import { frameSize, paint, paintPicture } from "./painter.js";
import type { SizeScale } from "./size-scale.js";
import { rangePx } from "./size-scale.js";
import type { View } from "./view.js";
import type { Point, Size, Viewport } from "./viewport.js";
import { fitted, isFitted, panned, toFrame, zoomed } from "./viewport.js";

export interface FrameCanvasOptions {
  readonly canvas: HTMLCanvasElement;
  readonly scene: ReadonlyCell<Scene | null>;
  readonly scale: ReadonlyCell<SizeScale | null>;
  readonly selection: Selection;
  readonly outlinesShown: ReadonlyCell<boolean>;
  /** Told of every change of the view. */
  readonly view: Cell<View | null>;
}

/** Outlines are this share of the page's type size wide, so that they can be seen wherever the type can be read. */
const LINE_WIDTH_REM = 0.13;

type Preview = Scene["preview"];

/** Draws on `options.canvas` until `close`. */
export class FrameCanvas {
  readonly #options: FrameCanvasOptions;
  readonly #picture = document.createElement("canvas");
  readonly #drawing = animationTask(() => this.#draw());
  readonly #observer = new ResizeObserver(() => this.#resize());
  readonly #undo: readonly (() => void)[];
  #size: Size = { width: 0, height: 0 };
  #frame: Size | null = null;
  #viewport: Viewport | null = null;
  /** What `#picture` and `#paths` were made from. */
  #painted: Preview | null = null;
  #paths: OutlinePaths | null = null;
  #pointer: Point | null = null;

  constructor(options: FrameCanvasOptions) {
    this.#options = options;
    const { canvas, scene, scale, selection, outlinesShown } = options;
    this.#undo = [
      scene.subscribe(() => this.#takeScene()),
      scale.subscribe(() => this.#recolour()),
      outlinesShown.subscribe(this.#drawing.request),
      selection.pointed.subscribe(this.#drawing.request),
      selection.marked.subscribe(this.#drawing.request),
      gestures(canvas, this.#gestureActions()),
    ];
    this.#observer.observe(canvas);
    this.#takeScene();
  }

  /** Enlarges about the middle of the view. */
  zoom(factor: number): void {
    this.#zoomAbout(factor, { x: this.#size.width / 2, y: this.#size.height / 2 });
  }

  /** Shows the whole frame. */
  reset(): void {
    this.#change((_, frame) => fitted(frame, this.#size));
  }

  close(): void {
    this.#observer.disconnect();
    this.#drawing.cancel();
    for (const undo of this.#undo) undo();
  }

  #gestureActions(): GestureActions {
    const { selection } = this.#options;
    return {
      zoom: (factor, about) => this.#zoomAbout(factor, about),
      pan: (by) => this.#change((viewport, frame) => panned(viewport, by, frame, this.#size)),
      reset: () => this.reset(),
      point: (at) => {
        this.#pointer = at;
        selection.pointed.set(at === null ? null : this.#particleAt(at));
      },
      choose: (at) => selection.marked.set(this.#particleAt(at)),
    };
  }

  #takeScene(): void {
    const preview = this.#options.scene.get()?.preview;
    const before = this.#frame;
    this.#frame = preview === undefined ? null : frameSize(preview);
    const isSameSize = this.#frame?.width === before?.width && this.#frame?.height === before?.height;
    if (this.#frame === null) this.#show(null);
    else this.#show(this.#viewport !== null && isSameSize ? this.#viewport : fitted(this.#frame, this.#size));
    if (this.#pointer !== null) this.#options.selection.pointed.set(this.#particleAt(this.#pointer));
  }

  #recolour(): void {
    this.#paths = null;
    this.#drawing.request();
  }

  #resize(): void {
    const { canvas } = this.#options;
    const before = this.#size;
    this.#size = { width: canvas.clientWidth, height: canvas.clientHeight };
    canvas.width = Math.max(1, Math.round(this.#size.width * devicePixelRatio));
    canvas.height = Math.max(1, Math.round(this.#size.height * devicePixelRatio));
    // A zoomed view keeps its scale; one that showed the whole frame goes on doing so.
    this.#change((viewport, frame) =>
      isFitted(viewport, frame, before)
        ? fitted(frame, this.#size)
        : panned(viewport, { x: 0, y: 0 }, frame, this.#size),
    );
    // Setting its size has cleared the canvas; drawn in the same task, it never shows empty.
    this.#draw();
  }

  #zoomAbout(factor: number, about: Point): void {
    this.#change((viewport, frame) => zoomed(viewport, { factor, about }, frame, this.#size));
  }

  #change(next: (viewport: Viewport, frame: Size) => Viewport): void {
    if (this.#viewport !== null && this.#frame !== null) this.#show(next(this.#viewport, this.#frame));
  }

  #show(viewport: Viewport | null): void {
    this.#viewport = viewport;
    this.#tellView();
    this.#drawing.request();
  }

  #tellView(): void {
    const { view, scene } = this.#options;
    const pixelSizeNm = scene.get()?.preview.pixelSizeNm ?? null;
    const told = view.get();
    if (this.#viewport === null || this.#frame === null) {
      view.set(null);
      return;
    }
    if (told?.viewport === this.#viewport && told.pixelSizeNm === pixelSizeNm) return;
    const isZoomed = !isFitted(this.#viewport, this.#frame, this.#size);
    view.set({ viewport: this.#viewport, size: this.#size, pixelSizeNm, isZoomed });
  }

  #particleAt(at: Point): PickedParticle | null {
    const shown = this.#options.scene.get();
    if (shown === null || shown.table === null || this.#viewport === null) return null;
    const { outlines, ecdPx } = shown.preview;
    const index = outlineAt(outlines, ecdPx, toFrame(this.#viewport, at));
    return index === null ? null : pick(shown.table, index);
  }

  #draw(): void {
    const { canvas, scene, outlinesShown, selection } = this.#options;
    const context = canvas.getContext("2d");
    const preview = scene.get()?.preview;
    if (context === null) return;
    if (preview === undefined || this.#viewport === null) {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
      return;
    }
    const paths = this.#prepare(preview);
    paint(context, {
      preview,
      picture: this.#picture,
      paths: outlinesShown.get() ? paths : null,
      highlights: highlightsOf(preview, selection),
      viewport: this.#viewport,
      density: canvas.width / Math.max(1, this.#size.width),
      lineWidth: LINE_WIDTH_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize),
    });
    canvas.setAttribute("data-seq", String(preview.seq));
    canvas.setAttribute("data-outlines", String(outlineCount(preview.outlines)));
  }

  /** Picture and paths of `preview`, made once. */
  #prepare(preview: Preview): OutlinePaths {
    if (this.#painted !== preview) {
      paintPicture(this.#picture, preview);
      this.#painted = preview;
      this.#paths = null;
    }
    const scale = this.#options.scale.get();
    const range = scale === null ? null : rangePx(scale, preview.pixelSizeNm);
    this.#paths ??= outlinePaths(preview.outlines, preview, range);
    return this.#paths;
  }
}

function highlightsOf({ outlines }: Preview, { pointed, marked }: Selection): readonly Highlight[] {
  const picked = [
    { kind: "marked", particle: marked.get() },
    { kind: "pointed", particle: pointed.get() },
  ] as const;
  return picked.flatMap(({ kind, particle }) =>
    particle === null ? [] : [{ kind, path: outlinePath(outlines, particle.index) }],
  );
}
