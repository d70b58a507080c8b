/**
 * What a ledger thread does when it is asked to: the writer's work, or a reader's. Synchronous, as SQLite is.
 *
 * @module
 */

import { failpoint } from "../../stream/flow/failpoint.js";
import type { EventMessage, SettingsMessage } from "../../stream/protocol/messages.js";
import { SqlDatabase } from "./database.js";
import type { OpenedLedger, OpenRequest } from "./open.js";
import { integrityProblem, openLedgerFile } from "./open.js";
import { LedgerReader } from "./queries.js";
import type { FrameRecord, Resumption, Run, RunHistory, RunSizes, RunSummary } from "./records.js";
import type { RetentionLimits } from "./retention.js";
import { forgetOldest } from "./retention.js";
import { runSizes } from "./run-sizes.js";
import { LedgerStore } from "./store.js";

export interface WriterOpened {
  readonly resumption: Resumption;
  readonly notes: readonly string[];
  readonly isUnchecked: boolean;
}

/** A past run, for people. */
export interface OpenedRun {
  readonly run: RunSummary;
  readonly history: RunHistory;
  readonly settings: readonly SettingsMessage[];
}

/** Every call, with what it takes and gives. */
export interface LedgerCalls {
  /** First call of a writer. */
  openWriter(request: OpenRequest): WriterOpened;
  commit(records: readonly FrameRecord[]): void;
  writeRuns(runs: readonly Run[]): void;
  describeRun(id: number, name: string | null, notes: string | null): boolean;
  forgetOldest(limits: RetentionLimits): number;
  /** First call of a reader. */
  openReader(path: string): void;
  runs(): readonly RunSummary[];
  /** `null`: there is no such run. */
  openRun(id: number): OpenedRun | null;
  sizes(id: number): RunSizes | null;
  /** Events `fromSeq..toSeq` that are still recorded, oldest first, `count` at most. */
  events(fromSeq: number, toSeq: number, count: number): readonly EventMessage[];
  /** What is wrong with the file, or `null`. */
  check(): string | null;
  close(): void;
}

export function createLedgerService(): LedgerCalls {
  let writer: { readonly opened: OpenedLedger; readonly store: LedgerStore } | undefined;
  let reading: SqlDatabase | undefined;
  const writing = () => orNotOpen(writer);
  const database = () => orNotOpen(reading);
  const withRun = <Result>(id: number, work: (run: Run, reader: LedgerReader) => Result): Result | null => {
    const reader = new LedgerReader(database());
    const run = reader.run(id);
    return run === null ? null : work(run, reader);
  };
  return {
    openWriter(request) {
      const opened = openLedgerFile(request);
      failpoint("ledger/opened");
      writer = { opened, store: new LedgerStore(opened.database) };
      return { resumption: opened.resumption, notes: opened.notes, isUnchecked: opened.isUnchecked };
    },
    commit: (records) => writing().store.commit(records),
    writeRuns: (runs) => writing().store.writeRuns(runs),
    describeRun: (id, name, notes) => writing().store.describeRun(id, name, notes),
    forgetOldest: (limits) => forgetOldest(writing().opened.database, limits),
    openReader(path) {
      reading = new SqlDatabase(path, { isReadOnly: true });
    },
    runs: () => new LedgerReader(database()).runs(),
    openRun: (id) =>
      withRun(id, (run, reader) => ({
        run: reader.summary(run),
        history: reader.history(run),
        settings: reader.settingsOf(run),
      })),
    sizes: (id) => withRun(id, (run) => runSizes(database(), run)),
    events: (fromSeq, toSeq, count) => [...new LedgerReader(database()).eventsAfter(fromSeq - 1, toSeq, count)],
    check: () => integrityProblem(database()),
    close() {
      writer?.opened.close();
      reading?.close();
      writer = undefined;
      reading = undefined;
    },
  };
}

function orNotOpen<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError("the ledger thread was asked before it was opened");
  return value;
}
