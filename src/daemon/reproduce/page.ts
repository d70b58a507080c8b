/**
 * The page of a reproduction: the table, and every case as a plate like the paper's figures.
 *
 * @module
 */

import { COMPARED } from "../report/comparison.js";
import { type Html, html, tableRow } from "../report/html.js";
import { facts, legend, page } from "../report/page.js";
import type { Standing } from "./goals.js";
import type { SetResult } from "./measure.js";
import { plateOf } from "./plates.js";
import { gridTable, type Reproduction, rowTable, skippedReasons } from "./table.js";
import { type JudgedRow, verdictText } from "./verdict.js";

const TITLE = "Recognition of nanoparticles in noise: the paper's table, reproduced";
/** The whole page. */
export async function reproductionPage(reproduction: Reproduction): Promise<string> {
  const { provenance, rows, sets } = reproduction;
  const plates: Html[] = [];
  for (const set of sets) plates.push(await plateOf(set, rows));
  const { version, createdAt, computedBy, frames, seed } = provenance;
  const skipped = skippedReasons(rows).map((reason) => html`<div class="warning"><b>Skipped:</b> ${reason}</div>`);
  const notes = [...new Set(rows.flatMap(({ row }) => (row.note === undefined ? [] : [`${row.id}: ${row.note}.`])))];
  return page(
    TITLE,
    html`<h1>${TITLE}</h1><p>Zhang et al., <i>Deep-Learning Recognition of Scanning Transmission Electron Microscopy: Quantifying and Mitigating the Influence of Gaussian Noises</i>, arXiv 2409.16637. Found: matched one to one to a true particle at a mask IoU of at least 0.5, the surest first; precision stands beside every count. Average precision as COCO defines it.</p>${facts(
      [
        ["result", verdictText(rows)],
        ["computed by", computedBy],
        [
          "simulated frames",
          `${frames} a scene, seeds ${seed} to ${seed + frames - 1}; bright field inverted, Gaussian noise only`,
        ],
        ["made by", `Ostwald ${version}, ${createdAt}`],
      ],
    )}${skipped}<h2>The table</h2>${rowsHtml(rows)}${notes.map((note) => html`<p class="muted">${note}</p>`)}<h2>Every case by every method</h2>${gridHtml(sets)}<h2>Plates</h2><p>The first frame of each case. In the masks, white is what was found and the line is the truth.</p>${legend(COMPARED)}${plates}`,
  );
}

/** Columns of words, which break, after the name; all others are numbers. */
const WORD_COLUMNS = 5;
const OURS_COLUMN = 3;
const VERDICT_COLUMN = 4;

function rowsHtml(rows: readonly JudgedRow[]): Html {
  const [head, ...cells] = rowTable(rows);
  const body = cells.map((row, i) => {
    const isFirst = i === 0 || rows[i].row.source !== rows[i - 1].row.source;
    const [id, source, ...rest] = row;
    const named = html`<td>${source}<small>${id}</small></td>`;
    const contents = rest.map((cell, column) => {
      if (column === OURS_COLUMN) return html`<td class="ours">${rows[i].standings.map(standingLine)}</td>`;
      if (column === VERDICT_COLUMN) return html`<td class="${rows[i].verdict}">${cell}</td>`;
      return html`<td class="${column < WORD_COLUMNS ? "words" : "number"}">${cell}</td>`;
    });
    return isFirst ? html`<tr class="first">${named}${contents}</tr>` : html`<tr>${named}${contents}</tr>`;
  });
  return html`<div class="scroll"><table class="rows"><thead>${tableRow("th", head.slice(1))}</thead><tbody>${body}</tbody></table></div>`;
}

/** One goal and how it stands, on a line of its own. */
function standingLine({ title, ours, goal, pass }: Standing): Html {
  const sign = goal.replace(">=", "\u2265").replace("<=", "\u2264");
  return html`<div>${title} <b class="${pass ? "pass" : "fail"}">${ours}</b> (${sign})</div>`;
}

function gridHtml(sets: readonly SetResult[]): Html {
  const [head, ...rows] = gridTable(sets);
  const body = rows.map((row, i) => {
    const isFirst = row[0] !== rows[i - 1]?.[0];
    return tableRow("td", isFirst ? row : ["", ...row.slice(1)], isFirst ? "first" : "");
  });
  return html`<div class="scroll"><table class="figures"><thead>${tableRow("th", head)}</thead><tbody>${body}</tbody></table></div>`;
}
