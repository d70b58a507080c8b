/**
 * Histograms as SVG: the one of the truth filled, those of what was found as lines.
 *
 * @module
 */
import { type Html, html } from "./html.js";

/** One distribution; its counts lie over the chart's bins. */
export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly counts: readonly number[];
  readonly isFilled?: boolean;
}

export interface Chart {
  readonly title: string;
  /** What lies along the axis, with its unit. */
  readonly axis: string;
  readonly low: number;
  readonly binWidth: number;
  readonly series: readonly Series[];
}

const WIDTH = 320;
const HEIGHT = 220;
const LEFT = 34;
const BOTTOM = 34;
const TOP = 10;
const RIGHT = 8;
const INNER_WIDTH = WIDTH - LEFT - RIGHT;
const INNER_HEIGHT = HEIGHT - TOP - BOTTOM;
const TICKS = 4;

/** Values counted into `count` bins from `low` on; what lies outside is counted in the first and last. */
export function binned(values: Iterable<number>, low: number, binWidth: number, count: number): readonly number[] {
  const counts = new Array<number>(count).fill(0);
  for (const value of values) {
    counts[Math.min(count - 1, Math.max(0, Math.floor((value - low) / binWidth)))] += 1;
  }
  return counts;
}

/** The chart; bars reach to the tallest of all series. */
export function chart({ title, axis, low, binWidth, series }: Chart): Html {
  const bins = Math.max(1, ...series.map(({ counts }) => counts.length));
  const most = Math.max(1, ...series.flatMap(({ counts }) => counts));
  const scale = { x: INNER_WIDTH / bins, y: INNER_HEIGHT / most };
  const lines = series.map(({ counts, colour, isFilled = false }) => {
    const fill = isFilled ? colour : "none";
    const line = isFilled ? "none" : colour;
    return html`<path d="${stepPath(counts, scale)}" fill="${fill}" fill-opacity="0.35" stroke="${line}" stroke-width="1.5" stroke-linejoin="round"/>`;
  });
  const ticks = Array.from({ length: TICKS + 1 }, (_, i) => {
    const x = LEFT + (i * INNER_WIDTH) / TICKS;
    const value = low + (i * bins * binWidth) / TICKS;
    const anchor = i === TICKS ? "end" : "middle";
    return html`<text x="${x}" y="${HEIGHT - BOTTOM + 14}" text-anchor="${anchor}">${tickText(value)}</text>`;
  });
  const ground = HEIGHT - BOTTOM;
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${lines}<path d="M${LEFT} ${TOP}V${ground}H${WIDTH - RIGHT}" fill="none" stroke="#16191b"/>${ticks}<text x="${LEFT - 5}" y="${TOP + 9}" text-anchor="end">${tickText(most)}</text><text x="${LEFT - 5}" y="${ground}" text-anchor="end">0</text><text x="${LEFT + INNER_WIDTH / 2}" y="${HEIGHT - 5}" text-anchor="middle">${axis}</text></svg>`;
}

function stepPath(counts: readonly number[], scale: { readonly x: number; readonly y: number }): string {
  const ground = HEIGHT - BOTTOM;
  const steps = counts.map((count, i) => {
    const y = (ground - count * scale.y).toFixed(1);
    return `L${(LEFT + i * scale.x).toFixed(1)} ${y}L${(LEFT + (i + 1) * scale.x).toFixed(1)} ${y}`;
  });
  return `M${LEFT} ${ground}${steps.join("")}L${(LEFT + counts.length * scale.x).toFixed(1)} ${ground}`;
}

function tickText(value: number): string {
  return value >= 10_000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(4)));
}
