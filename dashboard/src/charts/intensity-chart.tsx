/**
 * The grey levels of the latest frame before and after the filter, on a logarithmic scale that has a zero.
 *
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { axisNumber } from "../format/quantity.js";
import type { ReadonlyCell } from "../state/cell.js";
import type { LatestFrame, Store } from "../state/store.js";
import { ChartFrame } from "./chart-frame.js";
import { mountPlot } from "./plot.js";
import type { PlotStyle } from "./plot-style.js";
import { axis, commonOptions } from "./plot-style.js";

export interface IntensityChartProps {
  readonly store: Store;
  readonly theme: ReadonlyCell<unknown>;
}

const SERIES = [
  { label: "raw", colour: "--before" },
  { label: "filtered", colour: "--accent" },
] as const;

export function IntensityChart({ store, theme }: IntensityChartProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (element.current === null) return;
    const data = () => intensityData(store.frame.get());
    const plot = mountPlot({ element: element.current, options: intensityOptions, data, theme });
    const unsubscribe = store.frame.subscribe(plot.update);
    return () => {
      unsubscribe();
      plot.close();
    };
  }, [store, theme]);
  const keys = SERIES.map(({ label, colour }) => (
    <span key={label} class="key">
      <i style={{ background: `var(${colour})` }} />
      {label}
    </span>
  ));
  return (
    <ChartFrame name="intensity" title="Intensity" unit="pixels" keys={keys}>
      <div class="plot" ref={element} />
    </ChartFrame>
  );
}

/** Middles of the bins over the counts before and after. */
function intensityData(frame: LatestFrame | null): uPlot.AlignedData {
  if (frame === null) return [[], [], []];
  const { range, raw, filtered } = frame.message.intensity;
  const binWidth = (range.high - range.low) / raw.length;
  return [Array.from(raw, (_, bin) => range.low + (bin + 0.5) * binWidth), raw, filtered];
}

/** 0 and the powers of ten. */
const DECADES = [0, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7];
const DECADE_LABELS: Readonly<Record<number, string>> = {
  0: "0",
  1: "1",
  10: "10",
  100: "100",
  1e3: "1k",
  1e4: "10k",
  1e5: "100k",
  1e6: "1M",
  1e7: "10M",
};

function intensityOptions(style: PlotStyle): Omit<uPlot.Options, "width" | "height"> {
  const decades = (_: uPlot, _axis: number, _low: number, high: number) => DECADES.filter((value) => value <= high);
  return {
    ...commonOptions(style),
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_, low, high) => [low ?? 0, high ?? 255] },
      // asinh is linear below one pixel and logarithmic above: empty levels have a place.
      y: { distr: 4, asinh: 1, range: (_, _low, high) => [0, Math.max(100, (high ?? 0) * 1.6)] },
    },
    axes: [
      { ...axis(style, 1.7, (_, splits) => splits.map(axisNumber)), grid: { show: false } },
      {
        ...axis(style, 3.3, (_, splits) => splits.map((value) => DECADE_LABELS[value] ?? "")),
        splits: decades,
        filter: (_, splits) => splits,
      },
    ],
    series: [
      {},
      ...SERIES.map(({ label, colour }) => ({
        label,
        stroke: style.colour(colour),
        width: 0.1 * style.remPx,
        points: { show: false },
      })),
    ],
  };
}
