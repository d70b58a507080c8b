/**
 * The protocols' documents as tests read them: sections, tables, and tables held against the shape of a message.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { PARTICLE_COLUMN_NAMES, PARTICLE_COLUMNS } from "../../src/stream/base/particles.js";
import type { Shape } from "./wire-schema.js";

export type Row = Readonly<Record<string, string>>;

/** The document `name` of src/stream/protocol. */
export function protocolDocument(name: string) {
  const text = readFileSync(new URL(`../../src/stream/protocol/${name}`, import.meta.url), "utf8");

  /** The section under a heading, without those of the same or a higher level. */
  function section(heading: string): string {
    const [, level = "", rest] = new RegExp(`^(#+) ${heading}\\n([\\s\\S]*)`, "m").exec(text) ?? [];
    if (rest === undefined) throw new Error(`${name} has no section ${JSON.stringify(heading)}`);
    return rest.split(new RegExp(`^#{1,${level.length}} `, "m"), 1)[0] ?? "";
  }

  /** The tables of a section, a row by its headers, without backticks. */
  function tables(heading: string): readonly (readonly Row[])[] {
    return section(heading)
      .trim()
      .split(/\n\n+/)
      .filter((block) => block.startsWith("|"))
      .map((block) => {
        const [head = [], , ...body] = block
          .trim()
          .split("\n")
          .map((line) =>
            line
              .slice(1, -1)
              .split("|")
              .map((cell) => cell.replaceAll("`", "").trim()),
          );
        return body.map((cells) => Object.fromEntries(head.map((name, column) => [name, cells[column] ?? ""])));
      });
  }

  const table = (heading: string): readonly Row[] => tables(heading)[0] ?? [];

  const meanings = (heading: string): Row =>
    Object.fromEntries(table(heading).map(({ field = "", meaning = "" }) => [field, meaning]));

  const headings = (level: string, heading: string) =>
    [...section(heading).matchAll(new RegExp(`^${level} (.+)$`, "gm"))].map(([, name]) => name);

  /** Sections that a table of fields was found for. */
  const described = new Set<string>();

  /** Holds the table of a section against the shape of what it describes, and the tables it links to. */
  function expectTable(heading: string, shape: Shape, allOptional = false): void {
    described.add(heading);
    const rows = table(heading);
    const fields = fieldsOf(shape);
    expect(
      rows.map(({ field }) => field),
      `fields of ${heading}`,
    ).toEqual(Object.keys(fields));
    for (const { field = "", type = "" } of rows) {
      const fieldShape = fields[field];
      if (fieldShape === undefined) throw new Error(`${heading} has no field ${field}`);
      const inner = allOptional && fieldShape.kind === "optional" ? fieldShape.inner : fieldShape;
      expectType(`${heading}.${field}`, type, inner);
    }
  }

  /** Compares a type cell with a shape; a link leads to the table of an object. */
  function expectType(place: string, cell: string, shape: Shape): void {
    const link = /^\[(\w+)\]\(#(\w+)\)$/.exec(cell.replace(", each field optional", ""));
    if (shape.kind === "object" || shape.kind === "ParticleTable") {
      const [, name, anchor] = link ?? [];
      if (name === undefined) throw new Error(`${place} is an object; its type must link to its table, not be ${cell}`);
      expect(anchor).toBe(name.toLowerCase());
      expectTable(name, shape, cell.endsWith(", each field optional"));
    } else if (shape.kind === "array") {
      expect(cell, place).toMatch(/^array of /);
      expectType(place, cell.slice("array of ".length), shape.inner);
    } else if (shape.kind === "nullable") {
      expect(cell, place).toMatch(/ or null$/);
      expectType(place, cell.slice(0, -" or null".length), shape.inner);
    } else if (shape.kind === "optional" || shape.kind === "default") {
      expect(cell, place).toMatch(/, optional$/);
      expectType(place, cell.slice(0, -", optional".length), shape.inner);
    } else {
      expect(cell, place).toBe(plainType(shape));
    }
  }

  return { text, section, tables, table, meanings, headings, described, expectTable };
}

export function fieldsOf(shape: Shape): Readonly<Record<string, Shape>> {
  if (shape.kind === "object") return shape.fields;
  if (shape.kind !== "ParticleTable") throw new Error(`a ${shape.kind} has no fields`);
  return Object.fromEntries(PARTICLE_COLUMN_NAMES.map((name) => [name, { kind: PARTICLE_COLUMNS[name].array }]));
}

function plainType(shape: Shape): string {
  switch (shape.kind) {
    case "choice":
      return shape.values.map((value) => JSON.stringify(value)).join(", ");
    case "record":
      return "map to integer";
    case "union":
      return shape.options.map(plainType).join(" or ");
    case "u8":
    case "u32":
    case "f32":
      return `${shape.kind} array`;
    default:
      return shape.kind;
  }
}
