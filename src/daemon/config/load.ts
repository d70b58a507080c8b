/**
 * The configuration of a run: defaults, over them a file, over that the command line.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parse as parseToml, TomlError } from "smol-toml";
import { errorText } from "../../stream/base/errors.js";
import { ConfigFileError } from "./errors.js";
import type { Config } from "./schema.js";
import { AUTO_LEDGER, configSchema, DEFAULT_CONFIG } from "./schema.js";
import type { Layer } from "./validate.js";
import { COMMAND_LINE, validateOptions } from "./validate.js";

export interface ConfigOrigins {
  /** Path of a TOML or JSON file. */
  readonly file?: string | undefined;
  /** Values of the flags that were given, by key. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** What holds where neither says anything. */
  readonly defaults?: Config;
}

/**
 * Reads and validates a configuration as a whole. Raises ConfigFileError for a file that is missing, or neither TOML nor JSON, and
 * ConfigError with all wrong keys and values.
 *
 * A relative path (`model`, `ledger`, ...) is relative to the file that names it, or to the current folder for a flag.
 */
export async function loadConfig({ file, flags = {}, defaults = DEFAULT_CONFIG }: ConfigOrigins): Promise<Config> {
  const fileLayers = file === undefined ? [] : [withPathsFrom(dirname(file), await readLayer(file))];
  const flagLayer = withPathsFrom(".", { where: COMMAND_LINE, values: flags });
  return validateOptions(configSchema, defaults, [...fileLayers, flagLayer]);
}

/** Keys whose text is a path. */
const PATH_KEYS = ["model", "ledger", "spoolDir", "faultDir", "announceRoot", "ingestTokenFile"] as const;

function withPathsFrom(folder: string, layer: Layer): Layer {
  const paths = PATH_KEYS.flatMap((key) => {
    const path = layer.values[key];
    return typeof path === "string" && path !== "" && path !== AUTO_LEDGER ? [[key, resolve(folder, path)]] : [];
  });
  return { ...layer, values: { ...layer.values, ...Object.fromEntries(paths) } };
}

async function readLayer(file: string): Promise<Layer> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new ConfigFileError({
      received: `a configuration file ${file} that cannot be read (${errorText(cause)})`,
      expected: "a TOML or JSON file",
      remedy: "Correct the path after --config, or the file's permissions.",
      cause,
    });
  });
  return { where: file, values: parseConfig(text, file) };
}

/** The keys and values of a configuration file's text: JSON when it begins with `{`, as no TOML file does, else TOML. */
export function parseConfig(text: string, file: string): Readonly<Record<string, unknown>> {
  const isJson = file.toLowerCase().endsWith(".json") || text.trimStart().startsWith("{");
  try {
    const values: unknown = isJson ? JSON.parse(text) : parseToml(text);
    if (typeof values === "object" && values !== null && !Array.isArray(values)) return { ...values };
  } catch (cause) {
    throw unreadable(file, isJson, cause instanceof TomlError ? tomlErrorText(cause) : errorText(cause), cause);
  }
  throw unreadable(file, isJson, "its outermost value is no object");
}

function unreadable(file: string, isJson: boolean, detail: string, cause?: unknown): ConfigFileError {
  return new ConfigFileError({
    received: `${file}: ${detail}`,
    expected: isJson ? "a JSON object of keys and values" : "TOML: a line `key = value` for each key",
    remedy: "Correct the file; docs/configuration.md has an example.",
    cause,
  });
}

function tomlErrorText(error: TomlError): string {
  const [first = ""] = error.message.split("\n");
  return `line ${error.line}, column ${error.column}: ${first.replace(/^Invalid TOML document: /, "")}`;
}
