/**
 * The command line as a whole: its commands, and what becomes of their errors.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { readPackage } from "../config/package.js";
import { nearest } from "../config/validate.js";
import { addAnalyze } from "./analyze.js";
import type { CliContext } from "./context.js";
import { addControl } from "./control.js";
import { addDemo } from "./demo.js";
import { addDoctor } from "./doctor.js";
import { errorReport, exitCodeFor, UsageError } from "./errors.js";
import { addEvaluate } from "./evaluate.js";
import type { ExitCode } from "./exit-codes.js";
import { EXIT_CODES } from "./exit-codes.js";
import { addExport } from "./export.js";
import type { CliIo } from "./io.js";
import { addReceive } from "./receive.js";
import { addReplay } from "./replay.js";
import { addReproduce } from "./reproduce.js";
import { addRuns } from "./runs.js";
import { addSimulate } from "./simulate.js";
import { addWatch } from "./watch.js";

/** Runs one command line (without `node` and script) to its end. Never rejects: errors are printed and become the exit code. */
export async function runCli(args: readonly string[], io: CliIo): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.ok;
  const run: CliContext["run"] = async (work) => {
    exitCode = await work;
  };
  const program = createProgram({ io, run });
  try {
    refuseUnknownCommand(args, program);
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.ok;
    const told = error instanceof CommanderError ? usageErrorFrom(error, args) : error;
    io.stderr(errorReport(told));
    return exitCodeFor(told);
  }
}

/** All commands. `demo` is what runs when none is named. */
export function createProgram(context: CliContext): Command {
  const program = new Command("ostwald")
    .description("Live nanoparticle recognition for in-situ liquid-cell electron microscopy.")
    .version(readPackage().version, "-V, --version", "print the version")
    .exitOverride()
    .showHelpAfterError(false)
    .configureOutput({ writeOut: context.io.stdout, writeErr: context.io.stderr, outputError: () => undefined });
  addWatch(program, context);
  addReceive(program, context);
  addReplay(program, context);
  addDemo(program, context);
  addAnalyze(program, context);
  addEvaluate(program, context);
  addReproduce(program, context);
  addControl(program, context);
  addRuns(program, context);
  addExport(program, context);
  addSimulate(program, context);
  addDoctor(program, context);
  return program.addHelpText("after", "\n`ostwald <command> --help` shows the options of a command, with examples.");
}

/** Without this a mistyped command would be taken for an argument of `demo`. */
function refuseUnknownCommand([first]: readonly string[], program: Command): void {
  const names = [...program.commands.map((command) => command.name()), "help"];
  if (first === undefined || first.startsWith("-") || names.includes(first)) return;
  const near = nearest(first, names);
  throw new UsageError({
    received: `an unknown command ${first}`,
    expected: `one of ${names.join(", ")}`,
    remedy: near === null ? "See `ostwald --help`." : `Did you mean \`ostwald ${near}\`?`,
  });
}

/** commander's text is `error: unknown option '--nlmh'`, then perhaps `(Did you mean --nlm-h?)`. */
function usageErrorFrom(error: CommanderError, [command = ""]: readonly string[]): UsageError {
  const [first = "", hint = ""] = error.message.split("\n");
  const help = command.startsWith("-") ? "ostwald --help" : `ostwald ${command} --help`;
  return new UsageError({
    received: first.replace(/^error: /, ""),
    expected: `the arguments and options that \`${help}\` lists`,
    remedy: hint === "" ? `See \`${help}\`.` : hint.replace(/^\((.*)\)$/, "$1"),
    cause: error,
  });
}
