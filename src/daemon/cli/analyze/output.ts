/**
 * Which file `analyze` writes.
 *
 * @module
 */
import { createCsvWriter } from "../../export/csv.js";
import { createJsonWriter } from "../../export/json.js";
import type { Provenance, ResultWriter } from "../../export/results.js";
import { UsageError } from "../errors.js";

export type OutputFormat = "csv" | "json";

export interface Output {
  readonly path: string;
  readonly format: OutputFormat;
  readonly outlines: boolean;
}

/** The format that the name of `path` asks for. Raises UsageError for another name, and for outlines in a format without them. */
export function outputFormat(path: string, outlines: boolean): OutputFormat {
  const format = /\.(csv|json)$/i.exec(path)?.[1]?.toLowerCase();
  if (format === "json" || (format === "csv" && !outlines)) return format;
  throw new UsageError({
    received: `--out ${path}${outlines ? " with --outlines" : ""}`,
    expected: outlines ? "a name that ends in .json, which has room for outlines" : "a name that ends in .csv or .json",
    remedy: "Name such a file.",
  });
}

/** Begins the file. Raises OutputError when it cannot be written. */
export function openWriter({ path, format, outlines }: Output, provenance: Provenance): Promise<ResultWriter> {
  return format === "csv" ? createCsvWriter(path) : createJsonWriter({ path, provenance, outlines });
}
