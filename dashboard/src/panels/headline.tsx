/**
 * The figures that are read from across the room.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import type { FrameStatistics } from "../../../src/stream/base/analysis.js";
import type { HealthMessage } from "../../../src/stream/protocol/messages.js";
import type { Dashboard } from "../dashboard.js";
import type { Quantity } from "../format/quantity.js";
import {
  age,
  countText,
  duration,
  length,
  NO_VALUE,
  numberDensity,
  percent,
  quantityText,
  significant,
} from "../format/quantity.js";
import { useCell } from "../state/cell.js";
import type { Freshness } from "../state/staleness.js";
import { freshness } from "../state/staleness.js";
import type { LatestFrame } from "../state/store.js";
import { useNow } from "../state/use-now.js";

interface Props {
  readonly dashboard: Dashboard;
}

/** Figures change at most this often: faster ones cannot be read. */
const FIGURE_INTERVAL_MS = 250;

export function Headline({ dashboard }: Props) {
  const frame = useCell(dashboard.store.frame, FIGURE_INTERVAL_MS);
  const health = useCell(dashboard.store.health, FIGURE_INTERVAL_MS);
  const statistics = frame?.message.statistics ?? null;
  const unit = statistics?.lengthUnit ?? "nm";
  const isEmpty = statistics === null;
  return (
    <section class="headline" aria-label="Latest frame">
      <Figure
        name="count"
        label="Particles"
        figure={{ text: isEmpty ? NO_VALUE : countText(statistics.count), unit: "" }}
        note={isEmpty ? "" : `${countText(statistics.borderCount)} cut by the border`}
      />
      <Figure
        name="median"
        label="Median diameter (ECD)"
        figure={length(statistics?.ecd.median ?? null, unit)}
        note={statistics === null ? "" : spreadNote(statistics)}
      />
      <Figure
        name="density"
        label="Number density"
        figure={numberDensity(statistics?.numberDensity ?? null, unit)}
        note={frame === null ? "" : fieldNote(frame)}
      />
      <Figure
        name="area-fraction"
        label="Area fraction"
        figure={percent(statistics?.areaFraction ?? null)}
        note={isEmpty ? "" : "of the field of view"}
      />
      <Figure
        name="snr"
        label="Background SNR"
        figure={{ text: significant(statistics?.backgroundSnr ?? null), unit: "" }}
        note={frame === null ? "" : noiseNote(frame)}
      />
      <Figure
        name="rate"
        label="Frames per second"
        figure={{ text: health === null ? NO_VALUE : significant(health.framesPerSecond), unit: "" }}
        note={health === null ? "" : latencyNote(health)}
      />
      <AgeFigure dashboard={dashboard} />
    </section>
  );
}

function AgeFigure({ dashboard }: Props) {
  const frame = useCell(dashboard.store.frame, FIGURE_INTERVAL_MS);
  const connection = useCell(dashboard.connection.state);
  const now = useNow(FIGURE_INTERVAL_MS);
  if (frame === null)
    return <Figure name="age" label="Age of the data" figure={{ text: NO_VALUE, unit: "s" }} note="" />;
  // The component may have been drawn a moment before the frame came.
  const ageMs = Math.max(0, now - frame.committedAtLocalMs);
  const state = connection.kind === "waiting" ? "stale" : freshness(ageMs, frame.intervalMs);
  const note = connection.kind === "waiting" ? "not connected" : AGE_NOTES[state];
  return <Figure name="age" label="Age of the data" figure={age(ageMs)} note={note} state={state} />;
}

const AGE_NOTES: Readonly<Record<Freshness, string>> = {
  fresh: "since the last result",
  late: "a frame is overdue",
  stale: "no new frames",
};

interface FigureProps {
  readonly name: string;
  readonly label: string;
  readonly figure: Quantity;
  readonly note: ComponentChildren;
  readonly state?: Freshness;
}

function Figure({ name, label, figure, note, state = "fresh" }: FigureProps) {
  return (
    <div class={`figure ${state}`} data-figure={name} data-state={state}>
      <div class="figure-label">{label}</div>
      <div class="figure-value">
        <span class={figure.text === NO_VALUE ? "no-value" : ""}>{figure.text}</span> <small>{figure.unit}</small>
      </div>
      <div class="figure-note">{note}</div>
    </div>
  );
}

function spreadNote({ ecd, lengthUnit }: FrameStatistics): string {
  if (ecd.standardDeviation === null) return "too few to size";
  return `mean ${significant(ecd.mean)} ± ${significant(ecd.standardDeviation)} ${lengthUnit}`;
}

/** The noise that the frame shows, and the strength of non-local means against it. */
function noiseNote({ message: { noise, nlmH } }: LatestFrame): string {
  if (!noise) return "mean / σ, unfiltered";
  const strength = typeof nlmH === "number" ? `, NLM h ${significant(nlmH)}` : "";
  return `noise σ ${significant(noise.sigma)}${strength}`;
}

/** The field of view that the density refers to. */
function fieldNote({ message }: LatestFrame): string {
  const { widthPx, heightPx, pixelSizeNm } = message;
  if (pixelSizeNm === null) return `in ${significant((widthPx * heightPx) / 1e6)} Mpx`;
  return `in ${significant((widthPx * heightPx * pixelSizeNm ** 2) / 1e6)} µm²`;
}

function latencyNote({ latencyMs }: HealthMessage): string {
  if (latencyMs.p50 === null) return "latency not known";
  return `latency ${quantityText(duration(latencyMs.p50))}, p99 ${quantityText(duration(latencyMs.p99))}`;
}
