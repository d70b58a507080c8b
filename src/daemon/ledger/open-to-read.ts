/**
 * Opening a ledger to read, from a command: also one that a daemon is writing to.
 *
 * @module
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorText, isOstwaldError } from "../../stream/base/errors.js";
import { SqlDatabase } from "./database.js";
import { LedgerUnreadableError, RunUnknownError } from "./errors.js";
import { dataDir, LEDGER_SUFFIX } from "./place.js";
import { LedgerReader } from "./queries.js";
import type { RunSummary } from "./records.js";
import { APPLICATION_ID, SCHEMA_VERSION, schemaVersionOf } from "./schema.js";

export interface ReadableLedger {
  readonly path: string;
  readonly database: SqlDatabase;
  readonly reader: LedgerReader;
}

/** A run, and the ledger it is in. */
export interface FoundRun {
  readonly ledger: ReadableLedger;
  readonly run: RunSummary;
}

/** The word for the run that was begun last. */
export const LATEST_RUN = "latest";

/** Opens a ledger to read. Raises LedgerUnreadableError. */
export function openToRead(path: string): ReadableLedger {
  try {
    if (!statSync(path).isFile()) throw unreadable(path, "it is no file");
    const database = new SqlDatabase(path, { isReadOnly: true });
    if (database.get("PRAGMA application_id")?.[0] !== APPLICATION_ID) throw unreadable(path, "it is no ledger");
    const version = schemaVersionOf(database);
    if (version > SCHEMA_VERSION) throw unreadable(path, `its version is ${version}, of a newer Ostwald`);
    return { path, database, reader: new LedgerReader(database) };
  } catch (error) {
    throw isOstwaldError(error) ? error : unreadable(path, errorText(error));
  }
}

function unreadable(path: string, detail: string): LedgerUnreadableError {
  return new LedgerUnreadableError({
    received: `${path}, which cannot be read as a ledger (${detail})`,
    expected: "a ledger that `ostwald watch` has written",
    remedy: "Name it with --ledger; `ostwald watch` says where it lies.",
  });
}

/** Every ledger among the user's data, by name. */
export function ledgersOfUser(): readonly string[] {
  try {
    return readdirSync(dataDir())
      .filter((name) => name.endsWith(LEDGER_SUFFIX))
      .sort()
      .map((name) => join(dataDir(), name));
  } catch {
    return [];
  }
}

/**
 * The run that is called `wanted`: its number, its name, or `latest`. Raises RunUnknownError where there is none, or more than one.
 */
export function findRun(ledgers: readonly ReadableLedger[], wanted: string): FoundRun {
  const all = ledgers.flatMap((ledger) => ledger.reader.runs().map((run) => ({ ledger, run })));
  const found =
    wanted === LATEST_RUN
      ? all.toSorted((a, b) => a.run.startedAtMs - b.run.startedAtMs).slice(-1)
      : all.filter(({ run }) => String(run.id) === wanted || run.name === wanted);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const received = first === undefined ? `no run called ${wanted}` : `${found.length} runs called ${wanted}`;
  throw new RunUnknownError({
    received,
    expected: `the number or the name of one run, or ${LATEST_RUN}`,
    remedy: "See `ostwald runs`, and name the ledger with --ledger.",
  });
}
