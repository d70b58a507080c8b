/**
 * What every format of an exported run offers. Frames are written as they are read: no more than a group of rows is held.
 *
 * @module
 */
import type { LengthUnit } from "../../../stream/base/units.js";
import type { RunProvenance } from "../../ledger/provenance.js";
import type { FrameRow } from "../../ledger/records.js";

/** What is written into every file, beside the results. */
export interface ExportProvenance extends RunProvenance {
  /** Version of Ostwald that exports. */
  readonly exportedBy: string;
  /** ISO 8601, UTC. */
  readonly exportedAt: string;
}

export interface RunFileOptions {
  readonly path: string;
  /** Of every length in the file. */
  readonly unit: LengthUnit;
  readonly provenance: ExportProvenance;
}

/** A file in the making. It appears under its name when it is whole, never before. */
export interface RunFile {
  /** Takes the next frame of the run, whatever became of it. */
  frame(row: FrameRow): Promise<void>;
  finish(): Promise<void>;
  discard(): Promise<void>;
}
