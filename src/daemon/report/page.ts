/**
 * The page that a report is: one file that needs nothing else, to be read on a screen and on paper.
 *
 * @module
 */
import { type Html, html } from "./html.js";

/** Colours of outlines, the same in pictures and in legends. */
export const COLOURS = {
  truth: "#f2b84b",
  right: "#35c4d7",
  wrong: "#ff5a4f",
  missed: "#e56bd0",
  before: "#8a949b",
} as const;

const STYLE = `
:root { color-scheme: light; --text: #16191b; --muted: #5b656c; --rule: #d9dddf; --wash: #f4f6f6; --good: #14713f; --bad: #b3261e; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 112rem; padding: 2.5rem 2rem 4rem; font: 15px/1.5 Inter, system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: var(--text); background: #fff; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.2rem; margin: 3rem 0 .6rem; padding-top: 1rem; border-top: 2px solid var(--text); }
h3 { font-size: 1rem; margin: 0 0 .2rem; }
p { max-width: 62rem; margin: .3rem 0; }
.muted, figcaption, dt { color: var(--muted); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 1rem 0; }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums; margin: .8rem 0; min-width: 100%; }
th { text-align: left; vertical-align: bottom; font-weight: 600; border-bottom: 1.5px solid var(--text); padding: .3rem .45rem; line-height: 1.25; }
td { padding: .28rem .45rem; border-bottom: 1px solid var(--rule); vertical-align: top; white-space: nowrap; }
td.words { white-space: normal; min-width: 8.5rem; }
td small { display: block; color: var(--muted); }
td.number, table.rows th:nth-child(n+7), table.figures :is(td, th):nth-child(n+3) { text-align: right; }
tr.total td { font-weight: 600; border-top: 1.5px solid var(--text); }
tr.first td { border-top: 1.5px solid #9aa3a8; }
.pass { color: var(--good); font-weight: 600; } .fail { color: var(--bad); font-weight: 600; } .skipped { color: #8a5a00; font-weight: 600; }
.warning { border-left: 4px solid #d08700; background: #fdf4e1; padding: .5rem .9rem; margin: .8rem 0; max-width: 62rem; }
.plate { margin: 1.6rem 0 2.2rem; break-inside: avoid; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .9rem; margin-top: .6rem; }
.panels.wide { grid-template-columns: repeat(auto-fit, minmax(24rem, 46rem)); }
figure { margin: 0; }
figcaption { font-size: .8rem; line-height: 1.35; margin-top: .3rem; }
figcaption b { color: var(--text); font-weight: 600; }
svg.picture { display: block; width: 100%; height: auto; background: #000; }
svg.chart { display: block; width: 100%; height: auto; }
svg.chart text { font: 11px Inter, system-ui, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--muted); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .82rem; color: var(--muted); margin: .5rem 0; }
.legend i { display: inline-block; width: 1.3em; height: 0; border-top: 2.5px solid; vertical-align: middle; margin-right: .45em; }
@media print { body { padding: 0; max-width: none; font-size: 11px; } h2 { break-before: page; } }
`;

/** The whole page. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
${body}
</body>
</html>
`.html;
}

/** What the colours of outlines mean. */
export function legend(entries: readonly (readonly [keyof typeof COLOURS, string])[]): Html {
  const items = entries.map(
    ([name, meaning]) => html`<span><i style="border-color:${COLOURS[name]}"></i>${meaning}</span>`,
  );
  return html`<div class="legend">${items}</div>`;
}

/** Names and values, as what a report was made with. */
export function facts(entries: readonly (readonly [string, string])[]): Html {
  return html`<dl>${entries.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** A picture with what it shows. */
export function figure(picture: Html, caption: Html): Html {
  return html`<figure>${picture}<figcaption>${caption}</figcaption></figure>`;
}
