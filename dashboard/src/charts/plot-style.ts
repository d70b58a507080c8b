/**
 * Colours and type of the charts, from the page's style sheet, and the axes all charts share.
 *
 * @module
 */
import type uPlot from "uplot";

export interface PlotStyle {
  readonly remPx: number;
  /** The value of a custom property: `--accent`. */
  readonly colour: (property: string) => string;
  readonly font: string;
}

export function plotStyle(element: HTMLElement): PlotStyle {
  const style = getComputedStyle(element);
  const remPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return {
    remPx,
    colour: (property) => style.getPropertyValue(property).trim(),
    font: `${(0.79 * remPx).toFixed(1)}px ${style.fontFamily}`,
  };
}

/** An axis with hairline grid; `sizeRem` is fixed so that the plot does not move when labels grow. */
export function axis(style: PlotStyle, sizeRem: number, values: NonNullable<uPlot.Axis["values"]>): uPlot.Axis {
  const { remPx, colour, font } = style;
  return {
    stroke: colour("--muted"),
    font,
    size: sizeRem * remPx,
    gap: 0.3 * remPx,
    space: 3 * remPx,
    grid: { stroke: colour("--grid"), width: 1 },
    ticks: { show: false },
    values,
  };
}

/** What all charts have in common. */
export function commonOptions({ remPx }: PlotStyle): Pick<uPlot.Options, "legend" | "padding" | "cursor"> {
  return {
    legend: { show: false },
    padding: [0.5 * remPx, 0.75 * remPx, 0, 0],
    cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { size: 0.45 * remPx } },
  };
}
