/**
 * Draws a frame and the outlines of its particles.
 *
 * @module
 */
import type { PreviewMessage } from "../../../src/stream/protocol/messages.js";
import { BIN_COLOURS } from "./colour-scale.js";
import type { OutlinePaths } from "./outlines.js";
import type { Size, Viewport } from "./viewport.js";

/** A path in frame space that is drawn over all others. */
export interface Highlight {
  readonly path: Path2D;
  readonly kind: "pointed" | "marked";
}

export interface Drawing {
  readonly preview: PreviewMessage;
  readonly picture: CanvasImageSource;
  /** `null`: the picture alone. */
  readonly paths: OutlinePaths | null;
  readonly highlights: readonly Highlight[];
  readonly viewport: Viewport;
  /** Device px a view px. */
  readonly density: number;
  /** Width of an outline, view px. */
  readonly lineWidth: number;
}

/** A dark rim tells a bright line from a bright particle. */
const RIM = "rgb(0 0 0 / 55%)";
const CUT = "rgb(255 255 255 / 85%)";
const HIGHLIGHT = { pointed: "rgb(255 255 255)", marked: "rgb(255 107 107)" } as const;

/** The picture's grey levels as a canvas of the picture's size, reusing `canvas`. */
export function paintPicture(canvas: HTMLCanvasElement, { widthPx, heightPx, pixels }: PreviewMessage): void {
  if (canvas.width !== widthPx) canvas.width = widthPx;
  if (canvas.height !== heightPx) canvas.height = heightPx;
  const context = canvas.getContext("2d");
  if (context === null || widthPx === 0 || heightPx === 0) return;
  const image = context.createImageData(widthPx, heightPx);
  const rgba = new Uint32Array(image.data.buffer);
  // Grey g is 0xffgggggg in memory order of every machine that runs a browser: the colours are equal, alpha is the last byte.
  for (let index = 0; index < rgba.length; index += 1) rgba[index] = 0xff000000 | ((pixels[index] ?? 0) * 0x010101);
  context.putImageData(image, 0, 0);
}

/** Clears the canvas and draws. */
export function paint(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { viewport, density, preview } = drawing;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  const scale = viewport.scale * density;
  context.setTransform(scale, 0, 0, scale, viewport.offsetX * density, viewport.offsetY * density);
  const { framePxPerPreviewPx, widthPx, heightPx } = preview;
  // Enlarged pixels are shown as they are; a reduced picture is averaged.
  context.imageSmoothingEnabled = scale * framePxPerPreviewPx < 2;
  context.drawImage(drawing.picture, 0, 0, widthPx * framePxPerPreviewPx, heightPx * framePxPerPreviewPx);
  paintOutlines(context, drawing);
}

function paintOutlines(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const width = drawing.lineWidth / drawing.viewport.scale;
  context.lineJoin = "round";
  if (drawing.paths !== null) {
    const { binned, cut } = drawing.paths;
    context.strokeStyle = RIM;
    context.lineWidth = width * 2;
    for (const path of [...binned, cut]) context.stroke(path);
    context.lineWidth = width;
    binned.forEach((path, bin) => {
      context.strokeStyle = BIN_COLOURS[bin] ?? CUT;
      context.stroke(path);
    });
    context.strokeStyle = CUT;
    context.setLineDash([width * 2.5, width * 2.5]);
    context.stroke(cut);
    context.setLineDash([]);
  }
  for (const { path, kind } of drawing.highlights) {
    context.strokeStyle = RIM;
    context.lineWidth = width * 3.2;
    context.stroke(path);
    context.strokeStyle = HIGHLIGHT[kind];
    context.lineWidth = width * 1.8;
    context.stroke(path);
  }
}

/** Size of the frame that a preview shows. */
export function frameSize({ frameWidthPx, frameHeightPx }: PreviewMessage): Size {
  return { width: frameWidthPx, height: frameHeightPx };
}
