/**
 * SQLite as the ledger uses it. The only file that knows `libsql`.
 *
 * @module
 */
import Database from "libsql";

/** What a cell may hold. Numbers that are not finite have no place in a record: they become NULL. */
export type SqlValue = number | string | Uint8Array | null;
/** A row, cell by cell in the order of the SELECT. */
export type SqlRow = readonly unknown[];

/** How long a connection waits for another's lock, ms. Locks are held for the time of one transaction. */
const BUSY_TIMEOUT_MS = 5_000;

export interface OpenOptions {
  readonly isReadOnly?: boolean;
  readonly busyTimeoutMs?: number;
}

/** One connection. Every method raises SQLite's own errors, whose `code` says what happened. */
export class SqlDatabase {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement<unknown[]>>();

  constructor(path: string, { isReadOnly = false, busyTimeoutMs = BUSY_TIMEOUT_MS }: OpenOptions = {}) {
    this.#database = new Database(isReadOnly ? readOnlyUri(path) : path, { timeout: busyTimeoutMs });
  }

  /** Runs statements that take no values and give no rows. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** Runs a statement that gives no rows; returns how many rows it changed. */
  run(sql: string, ...values: readonly SqlValue[]): number {
    return this.#prepared(sql).run(values.map(bound)).changes;
  }

  /** The first row, if there is one. */
  get(sql: string, ...values: readonly SqlValue[]): SqlRow | undefined {
    const row: unknown = this.#prepared(sql).get(values.map(bound));
    return Array.isArray(row) ? row : undefined;
  }

  /** Row after row, never all at once. */
  *rows(sql: string, ...values: readonly SqlValue[]): Generator<SqlRow> {
    for (const row of this.#prepared(sql).iterate(values.map(bound))) if (Array.isArray(row)) yield row;
  }

  /** Runs `work` as one transaction: all of it is durable when this returns, or none of it when it raises. */
  transaction<Result>(work: () => Result): Result {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      // After some errors SQLite has rolled back by itself already.
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepared(sql: string): Database.Statement<unknown[]> {
    const held = this.#statements.get(sql);
    if (held !== undefined) return held;
    const statement = this.#database.prepare(sql);
    if (statement.reader) statement.raw();
    this.#statements.set(sql, statement);
    return statement;
  }
}

function bound(value: SqlValue): SqlValue {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

/** SQLite's URI form, in which these characters have a meaning. */
function readOnlyUri(path: string): string {
  return `file:${path.replaceAll("%", "%25").replaceAll("?", "%3f").replaceAll("#", "%23")}?mode=ro`;
}

export function numberAt(row: SqlRow | undefined, column: number): number {
  const value = row?.[column];
  if (typeof value !== "number") throw new TypeError(`the ledger holds ${String(value)} where a number belongs`);
  return value;
}

export function maybeNumberAt(row: SqlRow | undefined, column: number): number | null {
  const value = row?.[column];
  return typeof value === "number" ? value : null;
}

export function textAt(row: SqlRow | undefined, column: number): string {
  const value = row?.[column];
  if (typeof value !== "string") throw new TypeError(`the ledger holds ${String(value)} where a text belongs`);
  return value;
}

export function maybeTextAt(row: SqlRow | undefined, column: number): string | null {
  const value = row?.[column];
  return typeof value === "string" ? value : null;
}

/** An own, aligned copy: what the driver gives is a view that typed arrays cannot lie on. */
export function bytesAt(row: SqlRow | undefined, column: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(viewAt(row, column));
}

/** What the driver gives, at any address. */
export function viewAt(row: SqlRow | undefined, column: number): Uint8Array {
  const value = row?.[column];
  if (!(value instanceof Uint8Array)) throw new TypeError(`the ledger holds ${String(value)} where bytes belong`);
  return value;
}
