/**
 * A frame before and after the filter: beside one another, or in one picture with a divider.
 *
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import type { GreyLevels } from "./choice.js";
import type { TunedFrame } from "./use-preview.js";

export type Arrangement = "side" | "split";

export interface ComparisonProps {
  readonly frame: TunedFrame;
  readonly filtered: Uint8Array | null;
  readonly arrangement: Arrangement;
  /** Share of the width that shows the raw frame when it is split, 0..1. */
  readonly divider: number;
}

export function Comparison({ frame, filtered, arrangement, divider }: ComparisonProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { image, message } = frame;
  useEffect(() => {
    if (canvas.current !== null) draw(canvas.current, image, { filtered, arrangement, divider });
  }, [image, filtered, arrangement, divider]);
  return (
    <canvas
      ref={canvas}
      class="tuning-picture"
      role="img"
      aria-label={`Frame ${message.seq}: raw on the left, filtered on the right`}
    />
  );
}

/** One canvas pixel a frame pixel. */
function draw(
  canvas: HTMLCanvasElement,
  { widthPx, heightPx, levels }: GreyLevels,
  { filtered, arrangement, divider }: Omit<ComparisonProps, "frame">,
): void {
  canvas.width = arrangement === "side" ? 2 * widthPx : widthPx;
  canvas.height = heightPx;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const raw = picture(levels, widthPx, heightPx);
  const after = filtered === null ? raw : picture(filtered, widthPx, heightPx);
  context.putImageData(raw, 0, 0);
  if (arrangement === "side") {
    context.putImageData(after, widthPx, 0);
    return;
  }
  const from = Math.round(divider * widthPx);
  context.putImageData(after, 0, 0, from, 0, widthPx - from, heightPx);
  context.fillStyle = "#e8ad4a";
  if (from > 0 && from < widthPx) context.fillRect(from, 0, 1, heightPx);
}

function picture(levels: Uint8Array, widthPx: number, heightPx: number): ImageData {
  const image = new ImageData(widthPx, heightPx);
  const rgba = new Uint32Array(image.data.buffer);
  // Grey g is 0xffgggggg in memory order of every machine that runs a browser.
  for (let i = 0; i < rgba.length; i += 1) rgba[i] = 0xff000000 | ((levels[i] ?? 0) * 0x010101);
  return image;
}
