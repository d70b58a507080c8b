/**
 * Writes a run into a file, frame by frame, also while the next run is recorded into the same ledger.
 *
 * @module
 */
import { readPackage } from "../../config/package.js";
import type { FoundRun } from "../../ledger/open-to-read.js";
import { lengthUnitOf, provenanceOf } from "../../ledger/provenance.js";
import { createRunCoco } from "./coco.js";
import { createRunCsv } from "./csv.js";
import { createRunJson } from "./json.js";
import { createRunParquet } from "./parquet.js";
import type { RunFile, RunFileOptions } from "./run-file.js";
import type { TableName } from "./tables.js";
import { runTable } from "./tables.js";

export const RUN_FORMATS = ["parquet", "csv", "json", "coco"] as const;
export type RunFormat = (typeof RUN_FORMATS)[number];

export interface ExportOptions {
  readonly found: FoundRun;
  readonly format: RunFormat;
  /** Which table; `json` and `coco` have their own form. */
  readonly table: TableName;
  readonly path: string;
  readonly signal: AbortSignal;
}

/** Writes the file; returns how many frames were read, or `null` when it was interrupted and nothing was written. Raises OutputError. */
export async function exportRun(options: ExportOptions): Promise<number | null> {
  const { found, path, signal } = options;
  const { database, reader } = found.ledger;
  const exported = { exportedBy: readPackage().version, exportedAt: new Date().toISOString() };
  const provenance = { ...exported, ...provenanceOf(database, found.run) };
  const file = await createFile(options, { path, unit: lengthUnitOf(provenance), provenance });
  let frames = 0;
  try {
    for (const frame of reader.frames(found.run)) {
      if (signal.aborted) break;
      await file.frame(frame);
      frames += 1;
    }
    if (!signal.aborted) {
      await file.finish();
      return frames;
    }
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.discard();
  return null;
}

function createFile({ format, table }: ExportOptions, file: RunFileOptions): Promise<RunFile> {
  switch (format) {
    case "parquet":
      return createRunParquet(file, runTable(table, file.unit));
    case "csv":
      return createRunCsv(file, runTable(table, file.unit));
    case "json":
      return createRunJson(file);
    case "coco":
      return createRunCoco(file);
  }
}
