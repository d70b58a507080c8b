/**
 * A quantity of the run over time.
 *
 * @module
 */
import { useEffect, useMemo, useRef } from "preact/hooks";
import type uPlot from "uplot";
import type { HistoryPoint } from "../../../src/stream/protocol/messages.js";
import { axisNumber, significant } from "../format/quantity.js";
import type { Cell, ReadonlyCell } from "../state/cell.js";
import { createCell, useCell } from "../state/cell.js";
import type { Store } from "../state/store.js";
import { ChartFrame } from "./chart-frame.js";
import { mountPlot } from "./plot.js";
import type { PlotStyle } from "./plot-style.js";
import { axis, commonOptions } from "./plot-style.js";
import { timeLabels } from "./time-labels.js";

export interface TimeSeries {
  readonly label: string;
  /** Custom property of its colour. */
  readonly colour: string;
  readonly value: (point: HistoryPoint) => number | null;
}

export interface TimeChartProps {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly series: readonly TimeSeries[];
  readonly store: Store;
  readonly theme: ReadonlyCell<unknown>;
  /** Seconds that are shown; infinite for the whole run. */
  readonly windowS: ReadonlyCell<number>;
}

/** A run of a few frames is not stretched over the whole width. */
const LEAST_SPAN_S = 10;

export function TimeChart(props: TimeChartProps) {
  const { name, title, unit, series, store, theme, windowS } = props;
  const element = useRef<HTMLDivElement>(null);
  const pointed = useMemo(() => createCell<number | null>(null), []);
  useEffect(() => {
    if (element.current === null) return;
    const history = () => store.past.get()?.history ?? store.history;
    const data = () => seriesData(history().window(1_000 * windowS.get()), series);
    const options = (style: PlotStyle) => timeOptions(style, { series, windowS, pointed });
    const plot = mountPlot({ element: element.current, options, data, theme });
    const shown = [store.historyVersion, store.past, windowS];
    const undo = shown.map((cell) => cell.subscribe(plot.update));
    return () => {
      for (const stop of undo) stop();
      plot.close();
    };
  }, [store, theme, windowS, series, pointed]);
  return (
    <ChartFrame name={name} title={title} unit={unit} keys={<Keys {...props} pointed={pointed} />}>
      <div class="plot" ref={element} />
    </ChartFrame>
  );
}

/** Name and value of each series: of the instant pointed at, else the latest. */
function Keys({ series, store, windowS, pointed }: TimeChartProps & { readonly pointed: ReadonlyCell<number | null> }) {
  useCell(store.historyVersion, 250);
  const index = useCell(pointed);
  const shown = index === null ? undefined : store.history.window(1_000 * windowS.get())[index];
  const point = shown ?? store.history.points.at(-1);
  return (
    <>
      {series.map(({ label, colour, value }) => (
        <span key={label} class="key">
          <i style={{ background: `var(${colour})` }} />
          {label} <b>{significant(point === undefined ? null : value(point))}</b>
        </span>
      ))}
    </>
  );
}

function seriesData(points: readonly HistoryPoint[], series: readonly TimeSeries[]): uPlot.AlignedData {
  return [points.map(({ receivedAtMs }) => receivedAtMs / 1_000), ...series.map(({ value }) => points.map(value))];
}

interface TimeOptions {
  readonly series: readonly TimeSeries[];
  readonly windowS: ReadonlyCell<number>;
  readonly pointed: Cell<number | null>;
}

function timeOptions(
  style: PlotStyle,
  { series, windowS, pointed }: TimeOptions,
): Omit<uPlot.Options, "width" | "height"> {
  const common = commonOptions(style);
  const range = (_: uPlot, first: number | null, last: number | null): [number, number] => {
    const end = last ?? 0;
    const span = Math.min(windowS.get(), Math.max(LEAST_SPAN_S, end - (first ?? end)));
    return [end - span, end];
  };
  return {
    ...common,
    scales: { x: { time: true, range }, y: { range: { min: { pad: 0.1, soft: 0, mode: 2 }, max: { pad: 0.1 } } } },
    axes: [
      {
        ...axis(style, 1.7, (plot, splits, _axis, _space, stepS) =>
          plot.data[0].length === 0 ? [] : timeLabels(splits, stepS),
        ),
        grid: { show: false },
      },
      axis(style, 3.3, (_, splits) => splits.map(axisNumber)),
    ],
    series: [
      {},
      ...series.map(({ label, colour }) => ({
        label,
        stroke: style.colour(colour),
        width: 0.115 * style.remPx,
        points: { show: false },
      })),
    ],
    hooks: { setCursor: [(plot) => pointed.set(plot.cursor.idx ?? null)] },
  };
}
