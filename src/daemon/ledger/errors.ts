/**
 * What can be wrong with the ledger.
 *
 * @module
 */
import { errorText, OstwaldError } from "../../stream/base/errors.js";

/** SQLite's own word for a failure (`SQLITE_FULL`), or `""`. */
export function sqliteCode(error: unknown): string {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : "";
}

/** The place for the ledger cannot be used at all. Nothing was started. */
export class LedgerUnusableError extends OstwaldError {
  readonly tag = "LedgerUnusable";

  constructor(path: string, cause: unknown) {
    super({
      received: `a ledger at ${path}, which cannot be opened (${errorText(cause)})`,
      expected: "a file in a folder that can be written to, on a disk of this machine",
      remedy: "Name another file with --ledger, or record nothing with --ledger none.",
      cause,
    });
  }
}

/** Another daemon writes to this ledger. */
export class LedgerInUseError extends OstwaldError {
  readonly tag = "LedgerInUse";

  constructor(path: string) {
    super({
      received: `a ledger that another Ostwald is writing to: ${path}`,
      expected: "a ledger of its own for each daemon",
      remedy: "End the other one, or name another file with --ledger.",
    });
  }
}

/** The ledger cannot take any more records; nothing that was acknowledged is lost. */
export class LedgerFailedError extends OstwaldError {
  readonly tag = "LedgerFailed";

  constructor(path: string, cause: unknown) {
    super({
      received: `a ledger that fails while it is written to: ${path} (${errorText(cause)})`,
      expected: "a sound file",
      remedy: "Start again: a damaged ledger is put aside and a new one begun. Check the disk.",
      cause,
    });
  }
}

/** Records that could not be written before the daemon ended; their frames are analysed again by the next one. */
export class LedgerClosedError extends OstwaldError {
  readonly tag = "LedgerClosed";

  constructor() {
    super({
      received: "a record for a ledger that is closed",
      expected: "an open ledger",
      remedy: "Start again on the same ledger: what was not recorded is analysed again.",
    });
  }
}

/** A ledger to read from is not there, or is none. */
export class LedgerUnreadableError extends OstwaldError {
  readonly tag = "LedgerUnreadable";
}

/** No run, or more than one, is called what was asked for. */
export class RunUnknownError extends OstwaldError {
  readonly tag = "RunUnknown";
}

/** There is no ledger, so there are no runs to start, end or show. */
export class NoLedgerError extends OstwaldError {
  readonly tag = "NoLedger";

  constructor() {
    super({
      received: "a request about runs",
      expected: "a daemon that keeps a ledger",
      remedy: "Start it without --ledger none.",
    });
  }
}
