/**
 * Pictures of frames and masks with outlines over them, as SVG around an inline PNG.
 *
 * @module
 */
import type { Box } from "../../stream/base/detection.js";
import type { GreyImage } from "../../stream/base/frame.js";
import { encodePng } from "../../stream/source/simulated/encode-png.js";
import { traceContours } from "../analysis/contour.js";
import { nodeGridOf } from "../analysis/node-grid.js";
import { withoutCollinearPoints } from "../analysis/polygon.js";
import { renderPreview } from "../analysis/preview.js";
import { fieldOfMask, type PixelMask, paintMask } from "../evaluation/pixel-mask.js";
import { type Html, html } from "./html.js";

/** Longest edge of a small picture, px: wider ones make a page of a hundred of them slow to open. */
const SMALL_EDGE_PX = 720;
const WHITE = 255;

/** Lines of one colour over a picture, in px of the frame. */
export interface Lines {
  readonly colour: string;
  readonly path: string;
  readonly isDashed?: boolean;
}

/** A frame, its contrast raised, with lines over it. */
export async function framePicture(
  image: GreyImage,
  lines: readonly Lines[],
  longestEdgePx = SMALL_EDGE_PX,
): Promise<Html> {
  return picture(image, await inlinePng(stretched(image), longestEdgePx), lines);
}

/** The pixels of masks, white on black, with lines over them. */
export async function maskPicture(
  masks: readonly PixelMask[],
  { widthPx, heightPx }: Pick<GreyImage, "widthPx" | "heightPx">,
  lines: readonly Lines[],
): Promise<Html> {
  const levels = new Uint8Array(widthPx * heightPx);
  for (const mask of masks) paintMask(levels, widthPx, mask, WHITE);
  const image = { widthPx, heightPx, levels };
  return picture(image, await inlinePng(image, SMALL_EDGE_PX), lines);
}

function picture({ widthPx, heightPx }: GreyImage, source: string, lines: readonly Lines[]): Html {
  const width = (Math.max(widthPx, heightPx) / 512) * 1.6;
  const paths = lines.map(({ colour, path, isDashed = false }) => {
    const dash = isDashed ? `${3 * width} ${2 * width}` : "none";
    return html`<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width.toFixed(2)}" stroke-dasharray="${dash}"/>`;
  });
  return html`<svg class="picture" viewBox="0 0 ${widthPx} ${heightPx}"><image href="${source}" width="${widthPx}" height="${heightPx}" preserveAspectRatio="none"/>${paths}</svg>`;
}

async function inlinePng(image: GreyImage, longestEdgePx: number): Promise<string> {
  const { widthPx, heightPx, pixels } = renderPreview(image, longestEdgePx);
  const bytes = await encodePng({ widthPx, heightPx, pixels, pixelSizeNm: null, acquiredAtMs: null });
  return `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`;
}

/** Contrast raised so that all but one level in 200 at either end fill the grey scale: some real frames span a tenth of it. */
function stretched(image: GreyImage): GreyImage {
  const sorted = Float32Array.from(image.levels).sort();
  const low = sorted[Math.floor(0.005 * (sorted.length - 1))];
  const high = sorted[Math.ceil(0.995 * (sorted.length - 1))];
  if (high <= low) return image;
  const levels = Uint8ClampedArray.from(image.levels, (level) => (255 * (level - low)) / (high - low));
  return { ...image, levels: new Uint8Array(levels.buffer) };
}

/** The path of polygons `x, y, x, y, ...` in px of the frame, to a tenth of a pixel. */
export function polygonPath(polygons: readonly ArrayLike<number>[]): string {
  return polygons
    .map((polygon) => {
      const points = Array.from({ length: polygon.length / 2 }, (_, i) => {
        const [x, y] = [polygon[2 * i], polygon[2 * i + 1]].map((value) => String(Math.round(10 * value) / 10));
        return `${x} ${y}`;
      });
      return points.length === 0 ? "" : `M${points.join("L")}Z`;
    })
    .join("");
}

/** The path around masks, holes included. */
export function maskPath(masks: readonly PixelMask[], frame: Pick<GreyImage, "widthPx" | "heightPx">): string {
  return polygonPath(
    masks.flatMap((mask) => {
      const { list } = traceContours(nodeGridOf(fieldOfMask(mask), frame));
      return list.map(({ polygon }) => withoutCollinearPoints(polygon));
    }),
  );
}

/** The path around boxes. */
export function boxPath(boxes: readonly Box[]): string {
  return polygonPath(boxes.map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y0, x1, y1, x0, y1]));
}
