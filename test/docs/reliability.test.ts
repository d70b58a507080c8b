import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FAILPOINTS } from "../../src/stream/flow/failpoint.js";
import { SCENARIOS } from "../faults/bench/scenarios.js";

const ROOT = new URL("../..", import.meta.url).pathname;
const document = readFileSync(join(ROOT, "docs/reliability.md"), "utf8");

interface Row {
  readonly number: number;
  readonly promise: string;
  readonly mechanism: string;
  readonly tests: string;
}

/** The rows of the table of promises. */
const rows: readonly Row[] = document
  .split("\n")
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => {
    const [number = "", promise = "", mechanism = "", tests = ""] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { number: Number(number), promise, mechanism, tests };
  });

/** `path.test.ts`: "a name", "another" -> pairs of path and name. */
function namedTests(cell: string): readonly (readonly [string, string])[] {
  return [...cell.matchAll(/`([^`]+\.test\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)].flatMap(([, path = "", names = ""]) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => [path, name] as const),
  );
}

function scenariosIn(cell: string): readonly string[] {
  return [...cell.matchAll(/scenarios? ((?:`[a-z-]+`(?:, )?)+)/g)].flatMap((match) =>
    [...(match[1] ?? "").matchAll(/`([a-z-]+)`/g)].map(([, name]) => name ?? ""),
  );
}

describe("docs/reliability.md", () => {
  it("has every promise once, in order", () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
  });

  it.each(rows)("promise $number, $promise: each test that is named exists, and so does its mechanism", (row) => {
    const tests = namedTests(row.tests);
    const scenarios = scenariosIn(row.tests);
    expect(tests.length + scenarios.length).toBeGreaterThan(0);
    for (const [path, name] of tests) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(readFileSync(join(ROOT, path), "utf8").includes(name), `${path}: "${name}"`).toBe(true);
    }
    const known = SCENARIOS.map(({ name }) => name);
    for (const name of scenarios) expect(known).toContain(name);
    const files = [...row.mechanism.matchAll(/`((?:src|bench)\/[^`]+)`/g)].map((match) => match[1] ?? "");
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(existsSync(join(ROOT, file)), file).toBe(true);
  });

  it("says of every scenario of the fault bench which promise it proves", () => {
    for (const { name, promises } of SCENARIOS) {
      for (const promise of promises) {
        const row = rows.find(({ number }) => number === promise);
        expect(scenariosIn(row?.tests ?? ""), `promise ${promise}`).toContain(name);
      }
    }
  });

  it("lists every scenario with what happens and how often", () => {
    for (const { name, claim, short, long } of SCENARIOS) {
      expect(document).toContain(`| \`${name}\` | ${claim} | ${short} | ${long} |`);
    }
  });

  it("lists every failpoint", () => {
    for (const name of FAILPOINTS) expect(document).toContain(`\`${name}\``);
  });
});
