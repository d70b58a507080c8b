/**
 * Checks of single values of a specification.
 *
 * @module
 */
import { SceneSpecError } from "./scene-spec.js";

/** What a number may be. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly whole?: true;
  /** Whether `null` stands for a value of its own. */
  readonly nullable?: true;
}

/** Raises {@link SceneSpecError} unless `value` is one of `choices`. */
export function checkChoice(field: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new SceneSpecError(field, {
    received: `${field} = ${JSON.stringify(value)}`,
    expected: `one of ${choices.join(", ")}`,
    remedy: "Choose one of them.",
  });
}

/** Raises {@link SceneSpecError} unless `value` is a finite number within the range. */
export function checkNumber(field: string, value: unknown, { min, max, unit, whole, nullable }: Range): void {
  if (value === null && nullable) return;
  const isNumber = typeof value === "number" && Number.isFinite(value);
  if (isNumber && value >= min && value <= max && (!whole || Number.isInteger(value))) return;
  throw new SceneSpecError(field, {
    received: `${field} = ${String(value)}`,
    expected: `${whole ? "a whole number" : "a number"} from ${min} to ${max} ${unit}`.trimEnd(),
    remedy: "Correct it; lengths are in nm.",
  });
}

/** Raises {@link SceneSpecError} for a seed that is not a whole number 0..2^53 - 1. */
export function checkSeed(seed: number): void {
  if (Number.isSafeInteger(seed) && seed >= 0) return;
  throw new SceneSpecError("seed", {
    received: `seed = ${seed}`,
    expected: "a whole number from 0 to 9007199254740991",
    remedy: "Choose one; the same seed gives the same frames.",
  });
}
