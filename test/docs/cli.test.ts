import { describe, expect, it } from "vitest";
import { createProgram } from "../../src/daemon/cli/program.js";
import { DEFAULT_NUMBERS, reproduceSchema } from "../../src/daemon/cli/reproduce.js";
import { DEFAULT_SIMULATE, MOVIE_DEFAULTS, simulateSchema } from "../../src/daemon/cli/simulate/options.js";
import { describeOptions } from "../../src/daemon/config/describe.js";
import { csvHeaders } from "../../src/daemon/export/csv.js";
import { METHODS } from "../../src/daemon/reproduce/methods.js";
import { createTestIo } from "../support/cli.js";
import { flagCell, flagsIn, readDoc, tableRows } from "../support/cli-docs.js";

const doc = readDoc("cli.md");
const { commands } = createProgram({ io: createTestIo(), run: () => Promise.resolve() });
const flagsOf = (name: string) =>
  commands.filter((command) => command.name() === name).flatMap(({ options }) => options.map(({ long }) => long ?? ""));

/** The flags that the document gives a command: in the tables of its section, and in the table of configuration flags. */
function documentedFlags(name: string): readonly string[] {
  const own = tableRows(doc, name).flatMap(([cell = ""]) => flagsIn(cell));
  const shared = tableRows(doc, "Configuration flags").filter(([, takers = ""]) => takers.split(", ").includes(name));
  return [...own, ...shared.flatMap(([cell = ""]) => flagsIn(cell))];
}

describe("docs/cli.md", () => {
  it("has a section for every command, in the order of the help", () => {
    const sections = [...doc.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(sections).toEqual([...commands.map((command) => command.name()), "Configuration flags"]);
  });

  it.each(commands.map((command) => command.name()))("lists every flag of %s, and no other", (name) => {
    expect(documentedFlags(name).toSorted()).toEqual(flagsOf(name).toSorted());
  });

  it("names no flag that does not exist", () => {
    const known = ["--help", ...commands.flatMap((command) => flagsOf(command.name()))];
    expect(flagsIn(doc).filter((flag) => !known.includes(flag))).toEqual([]);
  });

  it("gives the options of simulate their range, defaults and meaning", () => {
    const movieDefaults = describeOptions(simulateSchema, MOVIE_DEFAULTS);
    const expected = describeOptions(simulateSchema, DEFAULT_SIMULATE).map((option, i) => {
      const inMovie = movieDefaults[i]?.default ?? "";
      return [
        flagCell(option),
        option.expected,
        option.default,
        inMovie === option.default ? "" : inMovie,
        option.meaning,
      ];
    });
    // The last rows say where frames go: --into, --to and its token.
    expect(tableRows(doc, "simulate").slice(0, -3)).toEqual(expected);
  });

  it("gives the options of reproduce their range, default and meaning", () => {
    const rows = tableRows(doc, "reproduce");
    for (const option of describeOptions(reproduceSchema, DEFAULT_NUMBERS)) {
      expect(rows).toContainEqual([flagCell(option), option.expected, option.default, option.meaning]);
    }
    const methods = rows.find(([flag]) => flag === "`--method`")?.[1];
    expect(methods).toBe(METHODS.map(({ id }) => `\`${id}\``).join(", "));
  });

  it("names every column of a CSV file", () => {
    const named = [...doc.matchAll(/`([a-z0-9_]+)`/g)].map(([, name]) => name);
    expect(csvHeaders("px").filter((header) => !named.includes(header))).toEqual([]);
  });
});

describe("every command", () => {
  it.each(commands.map((command) => [command.name(), command] as const))(
    "%s has examples in its help",
    (name, command) => {
      const lines: string[] = [];
      command.configureOutput({ writeOut: (text) => void lines.push(text) });
      command.outputHelp();
      expect(lines.join("")).toMatch(new RegExp(`Examples:\n  ostwald ${name}`));
    },
  );
});
