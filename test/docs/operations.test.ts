import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DECISIONS } from "../../src/daemon/observe/flight-recorder.js";
import { Metrics } from "../../src/daemon/observe/metrics.js";
import { readDoc, tableRows } from "../support/cli-docs.js";
import { metricInputs } from "../support/metrics.js";

const doc = readDoc("operations.md");
const SOURCE = new URL("../../src/daemon/", import.meta.url).pathname;
const nameIn = (cell = "") => cell.replaceAll("`", "");
const source = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(SOURCE, file), "utf8"))
  .join("\n");

describe("docs/operations.md", () => {
  // Other systems have other figures of the process.
  it.runIf(process.platform === "linux")("lists every metric with its type and meaning, and no other", async () => {
    const catalogue = await new Metrics(metricInputs()).catalogue();
    const sorted = catalogue.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const expected = sorted.map(({ name, type, help }) => [`\`${name}\``, type, help]);
    expect(tableRows(doc, "Metrics")).toEqual(expected);
  });

  it("lists every kind of entry of the flight recorder, and no other", () => {
    const listed = tableRows(doc, "Flight recorder").map(([name]) => nameIn(name));
    expect(listed).toEqual([...DECISIONS, "log"]);
  });

  it("lists every event of the log with its level, and no other", () => {
    // `log.warn({ event: "x"`, also with the call broken over lines.
    const calls = [...source.matchAll(/[lL]og\.(error|warn|info|debug)\(\s*\{\s*event: "([a-z-]+)"/g)];
    const found = new Map(calls.map(([, level = "", event = ""]) => [event, level]));
    const listed = tableRows(doc, "Log").map(([event, level = ""]) => [nameIn(event), level] as const);
    expect(listed).toEqual([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });

  it("leaves no line of the log without an event", () => {
    const calls = [
      ...source.matchAll(/\b(?:this\.#options\.|this\.#)?log\.(?:error|warn|info|debug)\((?!\s*\{\s*event: )/g),
    ];
    expect(
      calls.map(({ index }) => source.slice(index, index + 80)).filter((text) => !text.includes("no file events here")),
    ).toEqual([]);
  });
});
