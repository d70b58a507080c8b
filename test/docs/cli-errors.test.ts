import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { EXIT_CODES } from "../../src/daemon/cli/exit-codes.js";
import { REJECTION_REASONS } from "../../src/stream/base/frame.js";
import { readDoc, tableRows } from "../support/cli-docs.js";

const doc = readDoc("errors.md");
const src = fileURLToPath(new URL("../../src/", import.meta.url));

/** Every `tag = "..."` of an error class in the source. */
function tagsInSource(): readonly string[] {
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const tags = files.flatMap((name) =>
    [...readFileSync(`${src}${name}`, "utf8").matchAll(/^ {2}readonly tag = "(\w+)"/gm)].map(([, tag = ""]) => tag),
  );
  return [...new Set(tags)];
}

const firstCells = (title: string) => tableRows(doc, title).map(([cell = ""]) => cell.replaceAll("`", ""));

describe("docs/errors.md", () => {
  it("lists every exit code by number and name", () => {
    const rows = tableRows(doc, "Exit codes").map(([code, name]) => [name, Number(code)]);
    expect(Object.fromEntries(rows)).toEqual(EXIT_CODES);
  });

  it("lists every reason for which a frame is rejected, and no other", () => {
    expect(firstCells("Why a frame is rejected")).toEqual([...REJECTION_REASONS]);
  });

  it("lists every error tag of the source, and no other", () => {
    const tags = tagsInSource();
    expect(tags).toContain("FrameRejected");
    expect(firstCells("Error tags").toSorted()).toEqual(tags.toSorted());
  });
});
