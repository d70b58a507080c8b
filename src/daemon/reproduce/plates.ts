/**
 * Every case as a plate, in the manner of the paper's figures: frame, truth, masks of every method, histograms.
 *
 * @module
 */
import type { FrameTruth } from "../evaluation/truth.js";
import { comparisonLines, masksOf, truthPath } from "../report/comparison.js";
import { figureText } from "../report/figures.js";
import { type Html, html } from "../report/html.js";
import { COLOURS, figure } from "../report/page.js";
import { framePicture, type Lines, maskPicture } from "../report/picture.js";
import { areaChart, levelChart } from "./charts.js";
import type { MeasuredSet, MethodResult, SetResult, Specimen } from "./measure.js";
import { oursText } from "./table.js";
import type { JudgedRow } from "./verdict.js";

/** The plate of a set, with the verdicts of the rows that are about it. */
export async function plateOf(set: SetResult, rows: readonly JudgedRow[]): Promise<Html> {
  const { title } = set.set;
  if (set.skipped !== null) {
    return html`<div class="plate"><h3>${title}</h3><p class="skipped">skipped: ${set.skipped}</p></div>`;
  }
  const verdicts = rows
    .filter(({ row, standings }) => row.set === set.id && standings.length > 0)
    .map((judged) => {
      const { verdict, row } = judged;
      return html`<p><span class="${verdict}">${verdict}</span> ${row.source}: ${oursText(judged)}</p>`;
    });
  const seen = [...(await specimenFigures(set)), areaChart(set), levelChart(set)];
  const masks = await maskFigures(set.specimen, set.results);
  return html`<div class="plate"><h3>${title}</h3>${verdicts}<div class="panels">${seen}</div><div class="panels">${masks}</div></div>`;
}

/** The frame alone, the frame with what Mask R-CNN found, and the true masks where there are any. */
async function specimenFigures({ specimen, results }: MeasuredSet): Promise<readonly Html[]> {
  const { image, truth, name } = specimen;
  const best = results.find(({ method }) => method.id === "mask-rcnn") ?? results[0];
  const figures = [
    figure(await framePicture(image, []), html`<b>frame</b>, ${name}`),
    figure(
      await framePicture(image, comparisonLines({ truth, ...best.shown })),
      html`<b>${best.method.title}</b> on the frame`,
    ),
  ];
  if (truth.kind === "boxes") return figures;
  const masks = await maskPicture(masksOf(truth.particles), image, [trueOutline(truth)]);
  return [...figures, figure(masks, html`<b>truth</b>, ${truth.particles.length} particles`)];
}

function trueOutline(truth: FrameTruth): Lines {
  return { colour: COLOURS.truth, path: truthPath(truth, () => true) };
}

/** What every method found, white, under the outline of the truth. */
async function maskFigures({ image, truth }: Specimen, results: readonly MethodResult[]): Promise<readonly Html[]> {
  const outline = trueOutline(truth);
  const figures: Html[] = [];
  for (const result of results) {
    const masks = result.shown.found.map(({ mask }) => mask);
    figures.push(figure(await maskPicture(masks, image, [outline]), methodCaption(result)));
  }
  return figures;
}

/** What a method found in the frame shown, and over all frames. */
function methodCaption({ method, measurement, shown }: MethodResult): Html {
  const { pairs, truthCount, foundCount } = shown.judgement;
  const [recall, f1, iou] = (["recall", "f1", "meanIou"] as const).map((name) => figureText(name, measurement.score));
  return html`<b>${method.title}</b>: ${pairs.length} of ${truthCount} here, ${foundCount - pairs.length} false. All frames: recall ${recall}, F1 ${f1}, IoU ${iou}`;
}
