/**
 * Flags made from option descriptions, so that they are never listed twice.
 *
 * @module
 */
import type { Command } from "commander";
import { Option } from "commander";
import type { OptionDescription } from "../config/describe.js";
import { describeOptions, NO_VALUE } from "../config/describe.js";
import { loadConfig } from "../config/load.js";
import type { Config, ConfigGroup, ConfigKey } from "../config/schema.js";
import { CONFIG_GROUPS, configSchema, DEFAULT_CONFIG } from "../config/schema.js";

const GROUP_TITLES: Readonly<Record<ConfigGroup, string>> = {
  analysis: "Analysis options:",
  computing: "Computing options:",
  supervision: "Supervision options:",
  reading: "Reading options:",
  folder: "Folder options:",
  ingest: "Ingest options:",
  detectors: "Detector options:",
  cadence: "Cadence options:",
  ledger: "Ledger options:",
  server: "Server options:",
  log: "Log options:",
};

/** Adds `--config` and a flag for each of `keys`. `defaults` are those of the command. */
export function addConfigFlags(command: Command, keys: readonly ConfigKey[], defaults = DEFAULT_CONFIG): void {
  command.option("--config <file>", "TOML or JSON file with the same names; flags win over it");
  const options = describeOptions(configSchema, defaults);
  for (const group of Object.keys(CONFIG_GROUPS) as readonly ConfigGroup[]) {
    const inGroup: readonly ConfigKey[] = CONFIG_GROUPS[group].filter((key: ConfigKey) => keys.includes(key));
    addFlags(
      command,
      GROUP_TITLES[group],
      options.filter(({ key }) => inGroup.some((name) => name === key)),
    );
  }
}

/** The configuration that the command's file and flags give. Raises ConfigError or ConfigFileError. */
export function configFrom(command: Command, defaults = DEFAULT_CONFIG): Promise<Config> {
  const { config: file } = command.opts<{ readonly config?: string }>();
  const flags = givenFlags(command, describeOptions(configSchema, defaults));
  return loadConfig({ file, flags, defaults });
}

/** Adds a flag for each option; a boolean gets `--name` and `--no-name`. */
export function addFlags(command: Command, title: string, options: readonly OptionDescription[]): void {
  for (const option of options) {
    if (option.kind === "boolean") {
      const off = option.flag.replace("--", "--no-");
      command.addOption(new Option(option.flag, `${option.meaning} (default: ${option.default})`).helpGroup(title));
      command.addOption(new Option(off, `switches ${option.flag} off`).helpGroup(title));
    } else {
      const text = `${option.meaning}; ${option.expected} (default: ${option.default})`;
      command.addOption(new Option(`${option.flag} <${valueName(option)}>`, text).helpGroup(title));
    }
  }
}

/** The values of those of `options` whose flags were given, by key. */
export function givenFlags(command: Command, options: readonly OptionDescription[]): Readonly<Record<string, unknown>> {
  const written = command.opts<Readonly<Record<string, unknown>>>();
  const given = options.filter(({ key }) => written[key] !== undefined);
  return Object.fromEntries(given.map((option) => [option.key, meant(option, written[option.key])]));
}

function valueName({ kind }: OptionDescription): string {
  return kind === "text" ? "text" : kind === "choice" ? "name" : "number";
}

/** The value that a flag's text means. What cannot be read stays text, for the schema to refuse with all else that is wrong. */
function meant({ kind, isNullable }: OptionDescription, written: unknown): unknown {
  if (isNullable && written === NO_VALUE) return null;
  if ((kind !== "number" && kind !== "integer") || typeof written !== "string") return written;
  const value = written.trim() === "" ? Number.NaN : Number(written);
  return Number.isFinite(value) ? value : written;
}
