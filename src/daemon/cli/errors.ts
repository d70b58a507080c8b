/**
 * Errors of the command line, and how any error is told to the person who typed.
 *
 * @module
 */
import { isOstwaldError, OstwaldError } from "../../stream/base/errors.js";
import { ConfigError } from "../config/errors.js";
import type { ExitCode } from "./exit-codes.js";
import { EXIT_CODES } from "./exit-codes.js";

/** Arguments that no command understands. */
export class UsageError extends OstwaldError {
  readonly tag = "Usage";
}

interface Told {
  readonly received: string;
  readonly expected: string;
  readonly remedy: string;
}

/** The exit code for what was thrown. */
export function exitCodeFor(error: unknown): ExitCode {
  return isOstwaldError(error) ? EXIT_CODES.refused : EXIT_CODES.defect;
}

/** What is printed for it: three lines for each thing that is wrong, or a stack trace for a defect. */
export function errorReport(error: unknown): string {
  if (error instanceof ConfigError) return error.problems.map(threeLines).join("\n");
  if (isOstwaldError(error)) return threeLines(error);
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${trace}\n\nThis is a defect of Ostwald, not of your data. Please report it with the lines above and the command.\n`;
}

function threeLines({ received, expected, remedy }: Told): string {
  return `received:   ${received}\nexpected:   ${expected}\nwhat to do: ${remedy}\n`;
}
