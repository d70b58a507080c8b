/**
 * A thread of the ledger: SQLite waits for the disk here, so that intake and clients never do.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import type { Call } from "./link.js";
import { answer } from "./link.js";
import { createLedgerService } from "./service.js";

const service = createLedgerService();

parentPort?.on("message", (call: Call | null) => {
  if (call === null) parentPort?.close();
  else parentPort?.postMessage(answer(service, call));
});
