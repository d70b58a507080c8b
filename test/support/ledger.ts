/**
 * Ledgers in folders of their own, and records for them.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { FrameAnalysis } from "../../src/daemon/analyzer/messages.js";
import { SqlDatabase } from "../../src/daemon/ledger/database.js";
import type { LedgerOptions } from "../../src/daemon/ledger/ledger.js";
import { Ledger } from "../../src/daemon/ledger/ledger.js";
import { directLedgerLink } from "../../src/daemon/ledger/link.js";
import { openLedgerFile } from "../../src/daemon/ledger/open.js";
import { LedgerReader } from "../../src/daemon/ledger/queries.js";
import type { FrameRecord, Run } from "../../src/daemon/ledger/records.js";
import { LedgerStore } from "../../src/daemon/ledger/store.js";
import { createLog } from "../../src/daemon/observe/log.js";
import { Recorder } from "../../src/daemon/session/recorder.js";
import type { FrameOutcome } from "../../src/daemon/session/session.js";
import type { FrameSeq, MonotonicMs, UnixMs } from "../../src/stream/base/units.js";
import { systemClock } from "../../src/stream/flow/clock.js";
import { analysisWith } from "./cli-frames.js";
import { FIRST_SETTINGS, offeredFrame } from "./frames.js";

/** A path for a ledger; its folder is removed after the test. */
export async function ledgerPath(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "ostwald-ledger-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return join(dir, "test.ledger");
}

export const OPENED_AT_MS = 1_700_000_000_000;

/** A ledger opened to write, and a reader of it. */
export function openStore(path: string, epoch = "first") {
  const opened = openLedgerFile({ path, epoch, nowMs: OPENED_AT_MS, events: 100 });
  onTestFinished(() => opened.close());
  const { database } = opened;
  return { ...opened, store: new LedgerStore(database), reader: new LedgerReader(database) };
}

/** A run of all frames from `firstSeq` on. */
export function runFrom(id: number, firstSeq: number, rest: Partial<Run> = {}): Run {
  return {
    id,
    name: `run-${id}`,
    notes: "",
    startedAtMs: OPENED_AT_MS,
    endedAtMs: null,
    endReason: null,
    firstSeq,
    lastSeq: null,
    daemonVersion: "0.1.0",
    configuration: "{}",
    ...rest,
  };
}

export const MODEL = { file: "model.onnx", sha256: "ab".repeat(32) };

export function committed(analysis: FrameAnalysis = analysisWith(3, 0.5)): FrameOutcome {
  return { kind: "committed", analysis: { ...analysis, model: MODEL }, settings: FIRST_SETTINGS };
}

/** What the daemon would record of frame `seq`; the first begins run 1. */
export async function recordOf(
  seq: number,
  outcome: FrameOutcome = committed(),
  runs?: readonly Run[],
): Promise<FrameRecord> {
  const records: FrameRecord[] = [];
  const recorder = new Recorder({
    ledger: { commit: async (record) => void records.push(record) },
    runs: { forFrame: () => runs ?? (seq === 1 ? [runFrom(1, 1)] : []) },
    clock: { unixMs: () => (OPENED_AT_MS + seq) as UnixMs, monotonicMs: () => 0 as MonotonicMs },
    daemonVersion: "0.1.0",
    keepsOutlines: true,
    lastSettingsId: seq === 1 ? 0 : 1,
  });
  const frame = { seq: seq as FrameSeq, source: "scripted", takenInAtMs: 0 as MonotonicMs, frame: offeredFrame(seq) };
  await recorder.record(frame, outcome);
  const [record] = records;
  if (record === undefined) throw new Error("the recorder committed nothing");
  return record;
}

/** Records of frames `1..count`. */
export function recordsTo(count: number, outcome?: FrameOutcome): Promise<readonly FrameRecord[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => recordOf(index + 1, outcome)));
}

/** A ledger as the daemon opens it, without a thread; closed after the test. */
export async function openLedger(path: string, options: Partial<LedgerOptions> = {}) {
  const lines: string[] = [];
  const ledger = await Ledger.open({
    path,
    heldEvents: 100,
    newEpoch: "first",
    limits: { maxBytes: null, maxAgeMs: null },
    clock: systemClock,
    log: createLog({ level: "info", format: "json", write: (line) => lines.push(line) }),
    startThread: directLedgerLink,
    ...options,
  });
  onTestFinished(() => ledger.close());
  return { ledger, lines };
}

/** All of a table, row by row, read by a connection of its own. */
export function tableOf(path: string, table: string): readonly (readonly unknown[])[] {
  const database = new SqlDatabase(path, { isReadOnly: true });
  try {
    return [...database.rows(`SELECT * FROM ${table}`)];
  } finally {
    database.close();
  }
}
