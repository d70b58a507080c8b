/**
 * The page of an evaluation: the table, and every image with what is there and what was found.
 *
 * @module
 */
import type { GreyImage } from "../../../stream/base/frame.js";
import { COMPARED, type Comparison, comparisonLines } from "../../report/comparison.js";
import { type Html, html, tableRow } from "../../report/html.js";
import { facts, legend, page } from "../../report/page.js";
import { framePicture } from "../../report/picture.js";
import type { EvaluationResult, ImageResult } from "./result.js";
import { resultTable } from "./result.js";

/** More pictures make a page that no browser likes to open. */
export const MOST_PICTURES = 100;
/** Longest edge of a picture, px: two of them fill the page. */
const PICTURE_EDGE_PX = 1_024;

/** An image as a figure of the page. */
export async function plateOf(result: ImageResult, image: GreyImage, comparison: Comparison): Promise<Html> {
  const { found, reported, truth, recall, precision } = result.score;
  const share = (value: number | null) => (value === null ? "-" : `${(100 * value).toFixed(0)} %`);
  const bare = await framePicture(image, [], PICTURE_EDGE_PX);
  const drawn = await framePicture(image, comparisonLines(comparison), PICTURE_EDGE_PX);
  return html`<div class="plate"><h3>${result.image}</h3><p class="muted">${found} of ${truth} found (${share(recall)}), ${reported - found} false (precision ${share(precision)})</p><div class="panels wide"><figure>${bare}<figcaption><b>frame</b>, contrast raised</figcaption></figure><figure>${drawn}<figcaption><b>truth and found</b>, compared by ${result.comparedBy} at an IoU of 0.5</figcaption></figure></div></div>`;
}

/** The whole page. */
export function resultPage(result: EvaluationResult, plates: readonly Html[]): string {
  const [head, ...rows] = resultTable(result);
  const { version, createdAt, settings, segmenter, leftOut, images } = result;
  const title = `Evaluation of ${images.length} ${images.length === 1 ? "image" : "images"}`;
  const cells = rows.map((row, i) => tableRow("td", row, i === rows.length - 1 ? "total" : ""));
  const left =
    leftOut.length === 0
      ? html``
      : html`<div class="warning"><b>Left out:</b> ${leftOut.map(({ file, reason }) => html`<p>${file}: ${reason}</p>`)}</div>`;
  const shown =
    plates.length < images.length ? html`<p class="muted">The first ${plates.length} images are shown.</p>` : html``;
  return page(
    title,
    html`<h1>${title}</h1>${facts([
      ["recognised by", `${segmenter}; filter ${settings.filter}, score at least ${settings.scoreThreshold}`],
      ["made by", `Ostwald ${version}, ${createdAt}`],
    ])}<p>Found: matched one to one at an intersection over union of at least 0.5, the surest first. Average precision as COCO defines it.</p>${left}<div class="scroll"><table class="figures"><thead>${tableRow("th", head)}</thead><tbody>${cells}</tbody></table></div><h2>Images</h2>${legend(COMPARED)}${shown}${plates}`,
  );
}
