/**
 * A recorded run and its exports.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { RunFormat } from "../../src/daemon/export/run/export-run.js";
import { exportRun } from "../../src/daemon/export/run/export-run.js";
import type { TableName } from "../../src/daemon/export/run/tables.js";
import { findRun, LATEST_RUN, openToRead } from "../../src/daemon/ledger/open-to-read.js";
import type { FrameOutcome } from "../../src/daemon/session/session.js";
import { analysisWith } from "./cli-frames.js";
import { committed, ledgerPath, openStore, recordOf } from "./ledger.js";

export const REJECTED: FrameOutcome = { kind: "rejected", reason: "corrupt", detail: "half a file" };

/** Frames 1 and 3 with 3 particles and an outline each, frame 2 rejected; pixel sizes as given. */
export async function recordedRun(pixelSizesNm: readonly [number | null, number | null] = [0.5, 0.5]): Promise<string> {
  const path = await ledgerPath();
  const { store, close } = openStore(path);
  const [first, third] = pixelSizesNm;
  store.commit([
    await recordOf(1, committed(analysisWith(3, first))),
    await recordOf(2, REJECTED),
    await recordOf(3, committed(analysisWith(3, third))),
  ]);
  close();
  return path;
}

/** Exports the latest run of a ledger into a file beside it, and gives its path. */
export async function exported(ledger: string, format: RunFormat, table: TableName = "particles"): Promise<string> {
  const path = join(dirname(ledger), `${table}.${format}`);
  const found = findRun([openToRead(ledger)], LATEST_RUN);
  await exportRun({ found, format, table, path, signal: new AbortController().signal });
  return path;
}
