/**
 * HTML in pieces that cannot be broken by what is put into them.
 *
 * @module
 */

/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

type Part = string | number | Html | readonly Html[];

/** A template whose values are escaped, unless they are HTML themselves. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.map((text, i) => (i === 0 ? text : partText(parts[i - 1]) + text)).join("") };
}

function partText(part: Part): string {
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  if ("html" in part) return part.html;
  return part.map((one) => one.html).join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** One table row of a kind of cell. */
export function tableRow(tag: "td" | "th", cells: readonly (string | Html)[], className = ""): Html {
  const inside = cells.map((cell) => (tag === "td" ? html`<td>${cell}</td>` : html`<th scope="col">${cell}</th>`));
  return className === "" ? html`<tr>${inside}</tr>` : html`<tr class="${className}">${inside}</tr>`;
}
