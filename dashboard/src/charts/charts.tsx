/**
 * The four charts and the stretch of time they show.
 *
 * @module
 */
import { useMemo } from "preact/hooks";
import { Segmented } from "../controls/segmented.js";
import type { Dashboard } from "../dashboard.js";
import { createCell, useCell } from "../state/cell.js";
import { IntensityChart } from "./intensity-chart.js";
import { RunChoice } from "./run-choice.js";
import { SizeHistogram } from "./size-histogram.js";
import type { TimeSeries } from "./time-chart.js";
import { TimeChart } from "./time-chart.js";

const COUNT: readonly TimeSeries[] = [{ label: "n", colour: "--accent", value: (point) => point.count }];

const SIZES: readonly TimeSeries[] = [
  { label: "D10", colour: "--d10", value: (point) => point.d10 },
  { label: "D50", colour: "--d50", value: (point) => point.d50 },
  { label: "D90", colour: "--d90", value: (point) => point.d90 },
];

const WINDOWS = [
  { value: "60", label: "1 min" },
  { value: "600", label: "10 min" },
  { value: "Infinity", label: "All" },
] as const;

export function Charts({ dashboard }: { readonly dashboard: Dashboard }) {
  const { store, sizeScale } = dashboard;
  const { theme } = dashboard.theme;
  const windowS = useMemo(() => createCell(600), []);
  const shownWindowS = useCell(windowS);
  const unit = useCell(store.frame, 500)?.message.statistics.lengthUnit ?? "nm";
  return (
    <section class="panel charts-panel" aria-label="Charts">
      <header class="panel-header">
        <h2>Run</h2>
        <RunChoice dashboard={dashboard} />
        <Segmented
          label="Time shown"
          name="window"
          options={WINDOWS}
          value={String(shownWindowS)}
          onChange={(value) => windowS.set(Number(value))}
        />
      </header>
      <div class="charts">
        <TimeChart
          name="count"
          title="Particles"
          unit=""
          series={COUNT}
          store={store}
          theme={theme}
          windowS={windowS}
        />
        <TimeChart
          name="diameters"
          title="ECD"
          unit={unit}
          series={SIZES}
          store={store}
          theme={theme}
          windowS={windowS}
        />
        <SizeHistogram store={store} sizeScale={sizeScale} theme={theme} />
        <IntensityChart store={store} theme={theme} />
      </div>
    </section>
  );
}
