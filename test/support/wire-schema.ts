/**
 * The schemas of the protocol as plain data, from which tests derive messages and hold the document.
 *
 * @module
 */
import type { z } from "zod";
import { createParticleTable } from "../../src/stream/base/particles.js";

/** What a field holds. `custom` are values that JSON has no word for. */
export type Shape =
  | { readonly kind: "object"; readonly fields: Readonly<Record<string, Shape>> }
  | { readonly kind: "array" | "nullable" | "optional" | "default"; readonly inner: Shape }
  | { readonly kind: "union"; readonly options: readonly Shape[] }
  | { readonly kind: "record"; readonly keys: readonly string[]; readonly inner: Shape }
  | { readonly kind: "choice"; readonly values: readonly (string | number)[] }
  | { readonly kind: "integer" | "number" | "string" | "boolean" | "u8" | "u32" | "f32" | "ParticleTable" };

const CUSTOM = {
  u8: new Uint8Array(),
  u32: new Uint32Array(),
  f32: new Float32Array(),
  ParticleTable: createParticleTable(0),
};

// The definition of a schema is not typed by its library beyond the kind.
interface Definition {
  readonly type: string;
  readonly format?: string;
  readonly shape: Readonly<Record<string, z.ZodType>>;
  readonly element: z.ZodType;
  readonly options: readonly z.ZodType[];
  readonly innerType: z.ZodType;
  readonly keyType: { readonly options: readonly string[] };
  readonly valueType: z.ZodType;
  readonly values: readonly (string | number)[];
  readonly entries: Readonly<Record<string, string>>;
}

export function shapeOf(schema: z.ZodType): Shape {
  const def = schema.def as unknown as Definition;
  switch (def.type) {
    case "object":
      return {
        kind: "object",
        fields: Object.fromEntries(Object.entries(def.shape).map(([name, field]) => [name, shapeOf(field)])),
      };
    case "array":
      return { kind: "array", inner: shapeOf(def.element) };
    case "nullable":
    case "optional":
    case "default":
      return { kind: def.type, inner: shapeOf(def.innerType) };
    case "union":
      return { kind: "union", options: def.options.map(shapeOf) };
    case "readonly":
      return shapeOf(def.innerType);
    case "record":
      return { kind: "record", keys: def.keyType.options, inner: shapeOf(def.valueType) };
    case "literal":
      return { kind: "choice", values: def.values };
    case "enum":
      return { kind: "choice", values: Object.values(def.entries) };
    case "number":
      return { kind: def.format === "safeint" ? "integer" : "number" };
    case "string":
    case "boolean":
      return { kind: def.type };
    case "custom":
      return { kind: customKind(schema) };
    default:
      throw new Error(`a schema of type ${def.type} is not known here`);
  }
}

function customKind(schema: z.ZodType): keyof typeof CUSTOM {
  const names = Object.keys(CUSTOM) as (keyof typeof CUSTOM)[];
  const kind = names.find((name) => schema.safeParse(CUSTOM[name]).success);
  if (kind === undefined) throw new Error("a custom schema that takes none of the known values");
  return kind;
}
