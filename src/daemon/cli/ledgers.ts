/**
 * Which ledgers a command reads.
 *
 * @module
 */
import type { Command } from "commander";
import type { ReadableLedger } from "../ledger/open-to-read.js";
import { ledgersOfUser, openToRead } from "../ledger/open-to-read.js";
import { defaultLedgerPath } from "../ledger/place.js";
import { UsageError } from "./errors.js";

/** Adds the flags that name a ledger. */
export function addLedgerFlags(command: Command): Command {
  return command
    .option("--ledger <file>", "the ledger; else all those among the data of the user")
    .option("--dir <dir>", "the watched folder whose ledger it is");
}

/** The ledgers that were named, or all of the user. Raises UsageError and LedgerUnreadableError. */
export function ledgersFrom(command: Command): readonly ReadableLedger[] {
  const { ledger, dir } = command.opts<{ readonly ledger?: string; readonly dir?: string }>();
  if (ledger !== undefined && dir !== undefined) {
    throw new UsageError({ received: "--ledger and --dir", expected: "one of them", remedy: "Leave the other out." });
  }
  const named = dir === undefined ? ledger : defaultLedgerPath(dir);
  return (named === undefined ? ledgersOfUser() : [named]).map(openToRead);
}
