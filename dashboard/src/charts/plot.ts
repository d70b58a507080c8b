/**
 * A uPlot in an element: sized with it, redrawn at most ten times a second, made anew when colours or type size change.
 *
 * @module
 */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./plot.css";
import type { ReadonlyCell } from "../state/cell.js";
import { throttled } from "../state/cell.js";
import { animationTask } from "../view/animation-task.js";
import type { PlotStyle } from "./plot-style.js";
import { plotStyle } from "./plot-style.js";

export interface PlotOptions {
  readonly element: HTMLElement;
  /** All but the size; asked again for each new style. */
  readonly options: (style: PlotStyle) => Omit<uPlot.Options, "width" | "height">;
  readonly data: () => uPlot.AlignedData;
  /** Changes of the colours. */
  readonly theme: ReadonlyCell<unknown>;
}

export interface Plot {
  /** Draws the data again, soon. */
  update(): void;
  close(): void;
}

const UPDATE_INTERVAL_MS = 100;

export function mountPlot({ element, options, data, theme }: PlotOptions): Plot {
  let plot: uPlot | null = null;
  let remPx = 0;

  const build = () => {
    plot?.destroy();
    const style = plotStyle(element);
    remPx = style.remPx;
    const size = { width: element.clientWidth, height: element.clientHeight };
    plot = size.width === 0 || size.height === 0 ? null : new uPlot({ ...options(style), ...size }, data(), element);
  };
  const draw = () => {
    const latest = data();
    plot?.setData(latest);
    element.setAttribute("data-points", String(latest[0].length));
  };
  const drawing = animationTask(draw);
  const updates = throttled(drawing.request, UPDATE_INTERVAL_MS);

  const observer = new ResizeObserver(() => {
    if (plot === null || plotStyle(element).remPx !== remPx) build();
    else plot.setSize({ width: element.clientWidth, height: element.clientHeight });
  });
  observer.observe(element);
  const unsubscribe = theme.subscribe(build);

  return {
    update: updates.call,
    close() {
      observer.disconnect();
      unsubscribe();
      updates.cancel();
      drawing.cancel();
      plot?.destroy();
    },
  };
}
