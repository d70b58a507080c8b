/**
 * What the overlays of the picture need to know of it.
 *
 * @module
 */
import type { Size, Viewport } from "./viewport.js";

export interface View {
  readonly viewport: Viewport;
  /** Of the view, CSS px. */
  readonly size: Size;
  readonly pixelSizeNm: number | null;
  /** Whether the frame is shown larger than it fits. */
  readonly isZoomed: boolean;
}
