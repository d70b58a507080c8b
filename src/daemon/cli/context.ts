/**
 * What every command is added with.
 *
 * @module
 */
import type { ExitCode } from "./exit-codes.js";
import type { CliIo } from "./io.js";

export interface CliContext {
  readonly io: CliIo;
  /** Runs the work of a command; the number it gives becomes the exit code. */
  readonly run: (work: Promise<ExitCode>) => Promise<void>;
}

/** Examples at the end of a command's help: command line, then what it does. */
export function examplesText(examples: readonly (readonly [string, string])[]): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return `\nExamples:\n${examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`).join("\n")}`;
}
