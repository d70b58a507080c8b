/**
 * How much the ledger has to do, and how large it is.
 *
 * @module
 */
import { statSync } from "node:fs";

export interface LedgerLoad {
  /** Results that wait to be recorded, and most that may. */
  readonly waiting: { readonly length: number; readonly limit: number };
  /** Age of the oldest of them, ms. */
  readonly lagMs: number;
  readonly isStalled: boolean;
  readonly fileBytes: number;
  readonly walBytes: number;
}

/** Size of the file at `path` and of its write-ahead log, bytes; 0 where there is none. */
export function ledgerSizes(path: string): Pick<LedgerLoad, "fileBytes" | "walBytes"> {
  return { fileBytes: sizeOf(path), walBytes: sizeOf(`${path}-wal`) };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
