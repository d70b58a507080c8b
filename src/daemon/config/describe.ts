/**
 * Options in words, from their schema: what `--help`, error texts and docs/configuration.md say about each.
 *
 * @module
 */
import { z } from "zod";

/** Fields that describe a scalar in JSON Schema, as zod writes them. */
const scalarSchema = z.object({
  type: z.enum(["string", "number", "integer", "boolean"]),
  enum: z.array(z.string()).optional(),
  const: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
});
type Scalar = z.infer<typeof scalarSchema>;

const propertySchema = z.union([
  scalarSchema,
  z.object({ anyOf: z.tuple([scalarSchema, z.union([z.object({ type: z.literal("null") }), scalarSchema])]) }),
]);

/** One option in words. */
export interface OptionDescription {
  /** Key of the configuration file: `nlmH`. */
  readonly key: string;
  /** Flag of the command line: `--nlm-h`. */
  readonly flag: string;
  readonly kind: "text" | "number" | "integer" | "boolean" | "choice";
  /** Values of a `choice`, else empty. */
  readonly choices: readonly string[];
  /** A word that may stand in place of a value: `auto`. */
  readonly word: string | null;
  /** Whether it may have no value: `none` as a flag, `null` in JSON, left out in TOML. */
  readonly isNullable: boolean;
  /** What it decides, with its unit. */
  readonly meaning: string;
  /** What it may be: `one of none, gaussian, nlm`, `an integer, 1..31`. */
  readonly expected: string;
  /** Default as a person would write it: `gaussian`, `none`. */
  readonly default: string;
}

/** How a missing value of a nullable option is written. */
export const NO_VALUE = "none";

/** Describes every option of `schema`, in its order. The fields must be scalars, some nullable, some with a word in place of a number. */
export function describeOptions(
  schema: z.ZodObject,
  defaults: Readonly<Record<string, unknown>>,
): readonly OptionDescription[] {
  return Object.entries(schema.shape).map(([key, field]) => {
    const property = propertySchema.parse(z.toJSONSchema(field));
    const [scalar, other = null] = "anyOf" in property ? property.anyOf : [property];
    const isNullable = other?.type === "null";
    const word = other === null || other.type === "null" ? null : (other.const ?? null);
    return {
      key,
      flag: flagOf(key),
      kind: kindOf(scalar),
      choices: scalar.enum ?? [],
      word,
      isNullable,
      meaning: z.globalRegistry.get(field)?.description ?? "",
      expected:
        expectedText(scalar) +
        [...(word === null ? [] : [word]), ...(isNullable ? [NO_VALUE] : [])].map((or) => `, or ${or}`).join(""),
      default: valueText(defaults[key]),
    };
  });
}

/** The flag of a key: `gaussianKernelPx` -> `--gaussian-kernel-px`. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}

/** A value as a person would write it. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return NO_VALUE;
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}

function kindOf(scalar: Scalar): OptionDescription["kind"] {
  if (scalar.type !== "string") return scalar.type;
  return scalar.enum === undefined ? "text" : "choice";
}

function expectedText(scalar: Scalar): string {
  switch (kindOf(scalar)) {
    case "choice":
      return `one of ${(scalar.enum ?? []).join(", ")}`;
    case "boolean":
      return "true or false";
    case "text":
      return "a text";
    case "integer":
      return `an integer${rangeText(scalar)}`;
    case "number":
      return `a number${rangeText(scalar)}`;
  }
}

/** `, 1..31`, `, > 0 and <= 20`, or nothing. */
function rangeText({ minimum, exclusiveMinimum, maximum }: Scalar): string {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum}..${maximum}`;
  if (exclusiveMinimum !== undefined && maximum !== undefined) return `, > ${exclusiveMinimum} and <= ${maximum}`;
  if (exclusiveMinimum !== undefined) return `, > ${exclusiveMinimum}`;
  return minimum === undefined ? "" : `, >= ${minimum}`;
}
