/**
 * Title, key and slot of a chart.
 *
 * @module
 */
import type { ComponentChildren } from "preact";

export interface ChartFrameProps {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly keys: ComponentChildren;
  readonly children: ComponentChildren;
}

export function ChartFrame({ name, title, unit, keys, children }: ChartFrameProps) {
  return (
    <figure class="chart" data-chart={name} aria-label={title}>
      <figcaption>
        <h2>
          {title}
          <small>{unit}</small>
        </h2>
        <span class="keys">{keys}</span>
      </figcaption>
      <div class="chart-slot">{children}</div>
    </figure>
  );
}
