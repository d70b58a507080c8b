/**
 * `ostwald doctor`: what this machine has for Ostwald, what is missing, and how to get it.
 *
 * @module
 */
import type { Command } from "commander";
import type { Config } from "../config/schema.js";
import { analyzerOptions } from "../config/schema.js";
import type { CliContext } from "./context.js";
import { examplesText } from "./context.js";
import { adaptersFinding, providersFinding } from "./doctor/computing.js";
import type { Finding } from "./doctor/finding.js";
import { findingsTable } from "./doctor/finding.js";
import { dashboardFinding, formatsFinding, modelFinding } from "./doctor/parts.js";
import { fileEventsFinding, machineFinding, nodeFinding } from "./doctor/system.js";
import type { ExitCode } from "./exit-codes.js";
import { EXIT_CODES } from "./exit-codes.js";
import { addConfigFlags, configFrom } from "./flags.js";
import type { CliIo } from "./io.js";

export function addDoctor(program: Command, { io, run }: CliContext): void {
  const command = program
    .command("doctor")
    .description("Show what this machine has for Ostwald, what is missing, and how to get it.")
    .option("--json", "as JSON, for scripts");
  addConfigFlags(command, ["model"]);
  command
    .addHelpText(
      "after",
      examplesText([
        ["ostwald doctor", "a table to read"],
        ["ostwald doctor --json > doctor.json", "the same for a report"],
      ]),
    )
    .action(() => run(doctor(command, io)));
}

async function doctor(command: Command, io: CliIo): Promise<ExitCode> {
  const { json = false } = command.opts<{ readonly json?: boolean }>();
  const findings = await examine(await configFrom(command));
  io.stdout(json ? `${JSON.stringify(findings, null, 2)}\n` : findingsTable(findings));
  return findings.some(({ state }) => state === "missing") ? EXIT_CODES.incomplete : EXIT_CODES.ok;
}

/** All findings, in the order they are shown. */
async function examine(config: Config): Promise<readonly Finding[]> {
  return Promise.all([
    nodeFinding(),
    machineFinding(),
    adaptersFinding(),
    providersFinding(),
    modelFinding(analyzerOptions(config).manifestPath),
    formatsFinding(),
    fileEventsFinding(),
    dashboardFinding(),
  ]);
}
