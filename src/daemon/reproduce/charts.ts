/**
 * The histograms of a case: areas and intensities, as in the paper's Fig. 3.
 *
 * @module
 */
import { niceWidthFrom } from "../analysis/histogram.js";
import { binned, chart, type Series } from "../report/chart.js";
import { type Html, html } from "../report/html.js";
import { COLOURS, figure } from "../report/page.js";
import type { MeasuredSet, MethodResult } from "./measure.js";

const LEVELS = 256;
/** Bins of a histogram of levels: 4 levels each, so that no bin is empty only because a filter rounds. */
const LEVELS_PER_BIN = 4;
const AREA_BINS = 40;

/** Colours of the methods' lines in histograms: Otsu warm, Mask R-CNN cold. */
const METHOD_COLOURS: Readonly<Record<string, string>> = {
  threshold: "#c2332b",
  "threshold+gaussian": "#e07a3f",
  "threshold+nlm": "#d9a52b",
  "mask-rcnn": "#0b7a83",
  "mask-rcnn+gaussian": "#4264ae",
  "mask-rcnn+nlm": "#7a4fae",
};

/** The histogram of particle areas over all frames of the case: the last column of the paper's Fig. 3. */
export function areaChart({ trueAreasPx2, results }: MeasuredSet): Html {
  const reported = results.flatMap(({ areasPx2 }) => areasPx2);
  if (trueAreasPx2.length + reported.length === 0) return html``;
  // Half as much again as the largest true particle: what thresholding joins lies beyond, in the last bin.
  const largest = (trueAreasPx2.length > 0 ? trueAreasPx2 : reported).reduce((most, area) => Math.max(most, area), 0);
  const binWidth = niceWidthFrom((1.5 * largest) / AREA_BINS);
  const lines = results
    .filter(({ method }) => method.settings.filter === "none")
    .map(({ method, areasPx2 }) => lineOf(method, binned(areasPx2, 0, binWidth, AREA_BINS)));
  const truth = {
    name: "truth",
    colour: COLOURS.before,
    counts: binned(trueAreasPx2, 0, binWidth, AREA_BINS),
    isFilled: true,
  };
  const series = trueAreasPx2.length === 0 ? lines : [truth, ...lines];
  const picture = chart({ title: "Areas", axis: "area, px²", low: 0, binWidth, series });
  return figure(picture, html`<b>areas</b>, all frames${keys(series)}`);
}

/** The histogram of intensities of the frame shown, before and after each filter: the paper's Fig. 3d. */
export function levelChart({ specimen, results }: MeasuredSet): Html {
  const raw = { name: "frame", colour: COLOURS.before, counts: inBins(specimen.levels), isFilled: true };
  const seen = new Set<string>(["none"]);
  const filtered = results.flatMap(({ method, shown }) => {
    const { filter } = method.settings;
    if (seen.has(filter)) return [];
    seen.add(filter);
    return [{ ...lineOf(method, inBins(shown.levels)), name: filter }];
  });
  const whole = [raw, ...filtered];
  const first = raw.counts.findIndex((count) => count > 0);
  const last = raw.counts.findLastIndex((count) => count > 0);
  const series = whole.map((one) => ({ ...one, counts: one.counts.slice(first, last + 1) }));
  const low = first * LEVELS_PER_BIN;
  const picture = chart({ title: "Intensities", axis: "grey level", low, binWidth: LEVELS_PER_BIN, series });
  return figure(picture, html`<b>intensities</b> of the frame, before and after the filters${keys(series)}`);
}

function lineOf({ id, title }: MethodResult["method"], counts: readonly number[]): Series {
  return { name: title, colour: METHOD_COLOURS[id] ?? COLOURS.before, counts };
}

function inBins(levels: Uint32Array): readonly number[] {
  return Array.from({ length: LEVELS / LEVELS_PER_BIN }, (_, bin) => {
    const from = bin * LEVELS_PER_BIN;
    return levels.subarray(from, from + LEVELS_PER_BIN).reduce((sum, count) => sum + count, 0);
  });
}

function keys(series: readonly Series[]): Html {
  const items = series.map(({ name, colour }) => html`<span><i style="border-color:${colour}"></i>${name}</span>`);
  return html`<span class="legend">${items}</span>`;
}
