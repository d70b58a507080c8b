/**
 * Options from several places, one over the other, validated as a whole.
 *
 * @module
 */
import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import type { OptionDescription } from "./describe.js";
import { describeOptions, flagOf, valueText } from "./describe.js";
import type { ConfigProblem } from "./errors.js";
import { ConfigError } from "./errors.js";

/** Values from one place. A later layer wins over an earlier one. */
export interface Layer {
  /** `run.toml`, or {@link COMMAND_LINE}. */
  readonly where: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export const COMMAND_LINE = "the command line";

/**
 * The options that `defaults` and `layers` give together, frozen.
 *
 * Raises ConfigError with every wrong key and value, each with what was received, what was expected and the nearest right one.
 */
export function validateOptions<Schema extends z.ZodObject>(
  schema: Schema,
  defaults: z.infer<Schema>,
  layers: readonly Layer[],
): Readonly<z.infer<Schema>> {
  const merged = Object.assign({}, defaults, ...layers.map((layer) => layer.values));
  const unknown = layers.flatMap((layer) => unknownKeys(schema, layer));
  const parsed = schema.strip().safeParse(merged);
  if (parsed.success && unknown.length === 0) return Object.freeze(schema.parse(merged));
  const options = describeOptions(schema, defaults);
  const wrong = parsed.success ? [] : wrongValues(parsed.error.issues, options, layers);
  throw new ConfigError([...unknown, ...wrong]);
}

/** The nearest of `candidates` to what was written, or `null` when none is near enough to be meant. */
export function nearest(written: string, candidates: readonly string[]): string | null {
  if (candidates.length === 0) return null;
  const plain = (text: string): string => text.toLowerCase().replace(/[-_]/g, "");
  const names = new Map(candidates.map((candidate) => [plain(candidate), candidate]));
  const near = closest(plain(written), [...names.keys()]);
  const isNear = distance(plain(written), near) <= Math.max(2, Math.floor(near.length / 2));
  return isNear ? (names.get(near) ?? null) : null;
}

function unknownKeys(schema: z.ZodObject, { where, values }: Layer): readonly ConfigProblem[] {
  const keys = Object.keys(schema.shape);
  return Object.keys(values)
    .filter((key) => !keys.includes(key))
    .map((key) => {
      const near = nearest(key, keys);
      return {
        key,
        where,
        received: `an unknown key ${key} in ${where}`,
        expected: near === null ? `one of ${keys.join(", ")}` : `${near}`,
        nearest: near,
        remedy: near === null ? `Remove ${key}.` : `Did you mean ${near}?`,
      };
    });
}

function wrongValues(
  issues: readonly z.core.$ZodIssue[],
  options: readonly OptionDescription[],
  layers: readonly Layer[],
): readonly ConfigProblem[] {
  const problems = new Map<string, ConfigProblem>();
  for (const issue of issues) {
    const option = options.find(({ key }) => key === issue.path[0]);
    const layer = layers.findLast(({ values }) => option !== undefined && Object.hasOwn(values, option.key));
    if (option === undefined || layer === undefined) continue;
    if (!problems.has(option.key)) problems.set(option.key, wrongValue(option, layer, issue));
  }
  return [...problems.values()];
}

function wrongValue(option: OptionDescription, { where, values }: Layer, issue: z.core.$ZodIssue): ConfigProblem {
  const { key } = option;
  const written = valueText(values[key]);
  const near = option.kind === "choice" ? nearest(written, option.choices) : null;
  const name = where === COMMAND_LINE ? flagOf(key) : key;
  return {
    key,
    where,
    received: where === COMMAND_LINE ? `${name} ${written}` : `${name} = ${written} in ${where}`,
    // A rule of its own (`must be odd`) is not part of type and range.
    expected: issue.code === "custom" ? `${option.expected}; it ${issue.message}` : option.expected,
    nearest: near,
    remedy: near === null ? `Correct ${name}: ${option.meaning}.` : `Did you mean ${near}?`,
  };
}
