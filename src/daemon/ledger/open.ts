/**
 * Opening the ledger to write: whatever lies in its place, a daemon starts. What is damaged or from a newer version is put aside.
 *
 * @module
 */
import { mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isOstwaldError } from "../../stream/base/errors.js";
import { failpoint } from "../../stream/flow/failpoint.js";
import { SqlDatabase, textAt } from "./database.js";
import { LedgerInUseError, LedgerUnusableError, sqliteCode } from "./errors.js";
import { LedgerReader } from "./queries.js";
import type { Resumption, RunHistory } from "./records.js";
import { APPLICATION_ID, migrate, SCHEMA_VERSION, schemaVersionOf } from "./schema.js";

/** A file up to this size, bytes, is checked page by page before it is used: a second or so. A larger one is checked while it is used. */
const CHECKED_AT_START_BYTES = 256 * 1_048_576;
/** Pages in the write-ahead log before they are moved into the file, 16 MB: rare enough to be cheap, small enough for a quick start. */
const CHECKPOINT_PAGES = 4_096;

export interface OpenRequest {
  readonly path: string;
  /** Names the numbering of events, should the ledger be a new one. */
  readonly epoch: string;
  readonly nowMs: number;
  /** Newest events to read back. */
  readonly events: number;
}

export interface OpenedLedger {
  readonly database: SqlDatabase;
  readonly resumption: Resumption;
  /** What was found wrong and what was done, a sentence each. */
  readonly notes: readonly string[];
  /** Whether the file is too large to have been checked as a whole. */
  readonly isUnchecked: boolean;
  readonly close: () => void;
}

/** What is wrong with a file so that it cannot be gone on with. */
class NotUsableAsIs extends Error {
  constructor(
    /** Becomes part of the file's new name. */
    readonly kind: "damaged" | "newer",
    detail: string,
  ) {
    super(detail);
  }
}

/** Opens or makes a ledger. Raises LedgerInUseError, and LedgerUnusableError where no file can be made. */
export function openLedgerFile(request: OpenRequest): OpenedLedger {
  const { path } = request;
  const lock = lockFor(path);
  let isClosed = false;
  const close = (database: SqlDatabase) => () => {
    if (isClosed) return;
    isClosed = true;
    failpoint("ledger/closing");
    // The driver lets go of a file only when its statements are collected: what is in the log is moved into the file now.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
    lock.close();
  };
  try {
    const opened = attempt(request);
    return { ...opened, notes: [], close: close(opened.database) };
  } catch (error) {
    if (!(error instanceof NotUsableAsIs)) throw failedOpening(lock, path, error);
    try {
      const aside = putAside(path, error.kind, request.nowMs);
      const opened = attempt(request);
      return { ...opened, notes: [asideNote(path, aside, error)], close: close(opened.database) };
    } catch (second) {
      throw failedOpening(lock, path, second);
    }
  }
}

function failedOpening(lock: SqlDatabase, path: string, error: unknown): unknown {
  lock.close();
  return isOstwaldError(error) ? error : new LedgerUnusableError(path, error);
}

/**
 * Two daemons on one ledger would tear its numbering apart. A file beside it is locked for as long as this process lives; the system
 * lets go of the lock however the process ends.
 */
function lockFor(path: string): SqlDatabase {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const lock = new SqlDatabase(`${path}.lock`, { busyTimeoutMs: 0 });
    try {
      lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    } catch (error) {
      lock.close();
      throw error;
    }
    return lock;
  } catch (error) {
    if (sqliteCode(error).startsWith("SQLITE_BUSY")) throw new LedgerInUseError(path);
    throw new LedgerUnusableError(path, error);
  }
}

function attempt(request: OpenRequest): Pick<OpenedLedger, "database" | "resumption" | "isUnchecked"> {
  const database = new SqlDatabase(request.path);
  try {
    refuseForeign(database, request.path);
    const isUnchecked = sizeOf(request.path) > CHECKED_AT_START_BYTES;
    const problem = isUnchecked ? null : integrityProblem(database);
    if (problem !== null) throw new NotUsableAsIs("damaged", problem);
    database.get("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    migrate(database, { epoch: request.epoch, atMs: request.nowMs });
    forgetRunsThatNeverWere(database);
    return { database, resumption: readResumption(database, request.events), isUnchecked };
  } catch (error) {
    database.close();
    throw isDamage(error) ? new NotUsableAsIs("damaged", error.message) : error;
  }
}

function refuseForeign(database: SqlDatabase, path: string): void {
  const applicationId = database.get("PRAGMA application_id")?.[0];
  const isEmpty = database.get("SELECT 1 FROM sqlite_master LIMIT 1") === undefined;
  if (isEmpty) return;
  if (applicationId !== APPLICATION_ID) throw new LedgerUnusableError(path, "it is a database of another program");
  const version = schemaVersionOf(database);
  if (version > SCHEMA_VERSION) {
    throw new NotUsableAsIs("newer", `version ${version} of the file; this Ostwald knows up to ${SCHEMA_VERSION}`);
  }
  // Raises where the tables are not there, before anything is changed.
  new LedgerReader(database).epoch();
}

/** What SQLite finds wrong with the file, or `null`. Reads all of it. */
export function integrityProblem(database: SqlDatabase): string | null {
  const found = textAt(database.get("PRAGMA quick_check(1)"), 0);
  return found === "ok" ? null : found;
}

/** Errors that mean that the content is not what a ledger holds: SQLite's own, a table that is missing, a cell of another type. */
function isDamage(error: unknown): error is Error {
  const code = sqliteCode(error);
  if (code === "SQLITE_NOTADB" || code === "SQLITE_ERROR" || code.startsWith("SQLITE_CORRUPT")) return true;
  return error instanceof TypeError || error instanceof SyntaxError;
}

/** Renames the file, with what SQLite keeps beside it, and gives the new name. */
function putAside(path: string, kind: NotUsableAsIs["kind"], nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, "-");
  const aside = `${path}.${kind}-${stamp}`;
  renameSync(path, aside);
  for (const suffix of ["-wal", "-shm"]) {
    if (sizeOf(path + suffix) >= 0) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

function asideNote(path: string, aside: string, problem: NotUsableAsIs): string {
  const what = problem.kind === "newer" ? "was written by a newer Ostwald" : "is damaged";
  return `The ledger ${path} ${what} (${problem.message}); it is kept as ${aside}, and a new one was begun.`;
}

/** -1 where there is no file. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}

/**
 * A run can be announced for frames that were still under way when the daemon died. Their numbers are given again, so that run is
 * empty and ends where the record ends.
 */
function forgetRunsThatNeverWere(database: SqlDatabase): void {
  const lastSeq = new LedgerReader(database).lastSeq();
  database.run("UPDATE runs SET first_seq = ? WHERE first_seq > ?", lastSeq + 1, lastSeq + 1);
  database.run("UPDATE runs SET last_seq = ? WHERE last_seq > ?", lastSeq, lastSeq);
}

const NO_HISTORY: RunHistory = { points: [], lastFrame: null, particles: null, rejections: [] };

function readResumption(database: SqlDatabase, events: number): Resumption {
  const reader = new LedgerReader(database);
  const lastSeq = reader.lastSeq();
  const openRun = reader.openRun();
  return {
    epoch: reader.epoch(),
    lastSeq,
    events: [...reader.eventsAfter(lastSeq - events)],
    settings: reader.lastSettings(),
    lastRunId: reader.lastRunId(),
    openRun,
    history: openRun === null ? NO_HISTORY : reader.history(openRun),
    frames: reader.frameCount(),
  };
}
