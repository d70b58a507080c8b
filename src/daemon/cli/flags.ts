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
  folder: "Folder options:",
  queue: "Queue options:",
  server: "Server options:",
  log: "Log options:",
};

/** Adds `--config` and a flag for each of `keys`. */
export function addConfigFlags(command: Command, keys: readonly ConfigKey[]): void {
  command.option("--config <file>", "TOML or JSON file with the same names; flags win over it");
  const options = describeOptions(configSchema, DEFAULT_CONFIG);
  for (const group of Object.keys(CONFIG_GROUPS) as readonly ConfigGroup[]) {
    const inGroup: readonly ConfigKey[] = CONFIG_GROUPS[group].filter((key: ConfigKey) => keys.includes(key));
    addFlags(command, GROUP_TITLES[group], options.filter(({ key }) => inGroup.some((name) => name === key)));
  }
}

/** The configuration that the command's file and flags give. Raises ConfigError or ConfigFileError. */
export function configFrom(command: Command): Promise<Config> {
  const { config: file } = command.opts<{ readonly config?: string }>();
  return loadConfig({ file, flags: givenFlags(command, Object.keys(configSchema.shape)) });
}

/** Adds a flag for each option; a boolean gets `--name` and `--no-name`. */
export function addFlags(command: Command, title: string, options: readonly OptionDescription[]): void {
  for (const option of options) {
    const text = `${option.meaning}; ${option.expected} (default: ${option.default})`;
    if (option.kind === "boolean") {
      command.addOption(new Option(option.flag, option.meaning).helpGroup(title));
      const otherwise = `not so (default: ${option.flag.replace("--", option.default === "true" ? "--" : "--no-")})`;
      command.addOption(new Option(option.flag.replace("--", "--no-"), otherwise).helpGroup(title));
    } else {
      const flag = new Option(`${option.flag} <${valueName(option)}>`, text).helpGroup(title);
      command.addOption(flag.argParser((written) => parsed(option, written)));
    }
  }
}

/** The values of those of `keys` whose flags were given. */
export function givenFlags(command: Command, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const values = Object.entries(command.opts<Readonly<Record<string, unknown>>>());
  return Object.fromEntries(values.filter(([key]) => keys.includes(key)));
}

function valueName({ kind }: OptionDescription): string {
  return kind === "text" ? "text" : kind === "choice" ? "name" : "number";
}

/** A flag's text as the value it means. What cannot be read stays text, for the schema to refuse with all else that is wrong. */
function parsed({ kind, isNullable }: OptionDescription, written: string): unknown {
  if (isNullable && written === NO_VALUE) return null;
  if (kind !== "number" && kind !== "integer") return written;
  const value = written.trim() === "" ? Number.NaN : Number(written);
  return Number.isFinite(value) ? value : written;
}
