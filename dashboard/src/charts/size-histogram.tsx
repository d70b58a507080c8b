/**
 * How many particles of the latest frame have which diameter, in the colours of the outlines, with the median marked.
 *
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import type { FrameStatistics } from "../../../src/stream/base/analysis.js";
import { axisNumber, countText, significant } from "../format/quantity.js";
import type { ReadonlyCell } from "../state/cell.js";
import { useCell } from "../state/cell.js";
import type { Store } from "../state/store.js";
import { BIN_COLOURS, colourBin } from "../view/colour-scale.js";
import type { SizeScale } from "../view/size-scale.js";
import { ChartFrame } from "./chart-frame.js";
import { mountPlot } from "./plot.js";
import type { PlotStyle } from "./plot-style.js";
import { axis, commonOptions } from "./plot-style.js";

export interface SizeHistogramProps {
  readonly store: Store;
  readonly sizeScale: ReadonlyCell<SizeScale | null>;
  readonly theme: ReadonlyCell<unknown>;
}

export function SizeHistogram({ store, sizeScale, theme }: SizeHistogramProps) {
  const element = useRef<HTMLDivElement>(null);
  const unit = useCell(store.frame, 500)?.message.statistics.lengthUnit ?? "nm";
  useEffect(() => {
    if (element.current === null) return;
    const statistics = () => store.frame.get()?.message.statistics ?? null;
    const options = (style: PlotStyle) => histogramOptions(style, { statistics, sizeScale });
    const plot = mountPlot({ element: element.current, options, data: () => histogramData(statistics()), theme });
    const undo = [store.frame.subscribe(plot.update), sizeScale.subscribe(plot.update)];
    return () => {
      for (const stop of undo) stop();
      plot.close();
    };
  }, [store, sizeScale, theme]);
  return (
    <ChartFrame name="sizes" title="ECD distribution" unit={unit} keys={<Keys store={store} />}>
      <div class="plot" ref={element} />
    </ChartFrame>
  );
}

function Keys({ store }: { readonly store: Store }) {
  const statistics = useCell(store.frame, 250)?.message.statistics;
  return (
    <>
      <span class="key">
        <i class="key-line" />
        median <b>{significant(statistics?.ecd.median ?? null)}</b>
      </span>
      <span class="key key-extra">
        n <b>{statistics === undefined ? "–" : countText(statistics.sizedCount)}</b>
      </span>
    </>
  );
}

/** Edges of the bins over their counts, the last edge with none, so that the axes span every bar. */
function histogramData(statistics: FrameStatistics | null): uPlot.AlignedData {
  if (statistics === null || statistics.ecd.histogram.counts.length === 0) return [[], []];
  const { low, binWidth, counts } = statistics.ecd.histogram;
  return [[...counts.keys(), counts.length].map((bin) => low + bin * binWidth), [...counts, 0]];
}

interface HistogramOptions {
  readonly statistics: () => FrameStatistics | null;
  readonly sizeScale: ReadonlyCell<SizeScale | null>;
}

function histogramOptions(style: PlotStyle, sources: HistogramOptions): Omit<uPlot.Options, "width" | "height"> {
  const count = (value: number) => (Number.isInteger(value) ? countText(value) : "");
  return {
    ...commonOptions(style),
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_, low, high) => [low ?? 0, high ?? 1] },
      // An even top keeps whole numbers on the axis.
      y: { range: (_, _low, high) => [0, Math.max(4, Math.ceil((high ?? 0) * 1.12))] },
    },
    axes: [
      { ...axis(style, 1.7, (_, splits) => splits.map(axisNumber)), grid: { show: false } },
      axis(style, 3.3, (_, splits) => splits.map(count)),
    ],
    // Bars are drawn by hand: the bins' edges are exact and each has its colour.
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks: {
      draw: [
        (plot) => {
          const statistics = sources.statistics();
          if (statistics === null) return;
          drawBars(plot, statistics, sources.sizeScale.get());
          if (statistics.ecd.median !== null) drawMedian(plot, statistics.ecd.median, style);
        },
      ],
    },
  };
}

function drawBars(plot: uPlot, { ecd, lengthUnit }: FrameStatistics, scale: SizeScale | null): void {
  const { low, binWidth, counts } = ecd.histogram;
  const base = plot.valToPos(0, "y", true);
  const range = scale?.unit === lengthUnit ? scale.range : null;
  counts.forEach((count, bin) => {
    const left = plot.valToPos(low + bin * binWidth, "x", true);
    const right = plot.valToPos(low + (bin + 1) * binWidth, "x", true);
    const top = plot.valToPos(count, "y", true);
    const middle = low + (bin + 0.5) * binWidth;
    plot.ctx.fillStyle = BIN_COLOURS[range === null ? 0 : colourBin(middle, range)] ?? "";
    plot.ctx.fillRect(left + 0.5, top, Math.max(1, right - left - 1), base - top);
  });
}

function drawMedian(plot: uPlot, median: number, style: PlotStyle): void {
  const x = Math.round(plot.valToPos(median, "x", true));
  const { top, height } = plot.bbox;
  plot.ctx.fillStyle = style.colour("--text");
  plot.ctx.fillRect(x - 1, top, 2, height);
}
