/** Tables of the documents, read and rendered. */
import { readFileSync } from "node:fs";
import type { OptionDescription } from "../../src/daemon/config/describe.js";

/** The text of a document in docs/. */
export function readDoc(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
}

/** The rows of all tables below the heading `title`, without their own heading: cells, trimmed. */
export function tableRows(doc: string, title: string): readonly (readonly string[])[] {
  const section = doc.split(/^#+ /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  const cells = rows.map((row) => row.split("|").slice(1, -1));
  return cells.map((row) => row.map((cell) => cell.trim())).filter((_, i) => !isHeading(rows, i));
}

function isHeading(rows: readonly string[], i: number): boolean {
  const isRule = (row: string | undefined) => row?.startsWith("|---") ?? false;
  return isRule(rows[i]) || isRule(rows[i + 1]);
}

/** An option as a row of docs/configuration.md. */
export function optionRow({ key, expected, default: value, meaning }: OptionDescription): readonly string[] {
  return [`\`${key}\``, expected, value, meaning];
}

/** The flags of an option as docs/cli.md writes them: a boolean has two. */
export function flagCell({ flag, kind }: OptionDescription): string {
  return kind === "boolean" ? `\`${flag}\`, \`${flag.replace("--", "--no-")}\`` : `\`${flag}\``;
}

/** Every flag in a text, once. */
export function flagsIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g)].map(([flag]) => flag))];
}
