/**
 * A daemon on a folder: what `watch` and `demo` have in common.
 *
 * @module
 */
import { realpath } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import type { FrameAccount } from "../../stream/base/accounting.js";
import { total } from "../../stream/base/accounting.js";
import type { ByteSource } from "../../stream/decode/format.js";
import { inspectImage } from "../../stream/decode/resolve.js";
import { systemClock } from "../../stream/flow/clock.js";
import { createFolderSource } from "../../stream/source/folder/folder-source.js";
import type { FrameSource } from "../../stream/source/source.js";
import type { App } from "../app.js";
import { startApp } from "../app.js";
import type { Config } from "../config/schema.js";
import { AUTO_LEDGER } from "../config/schema.js";
import { defaultLedgerPath } from "../ledger/place.js";
import { createLog } from "../observe/log.js";
import { UsageError } from "./errors.js";
import type { ExitCode } from "./exit-codes.js";
import { EXIT_CODES } from "./exit-codes.js";
import type { CliIo } from "./io.js";
import { untilStopped } from "./io.js";

export interface ServeFolderOptions {
  readonly dir: string;
  readonly config: Config;
  readonly io: CliIo;
  /** Told once, when frames are taken and the address answers. */
  readonly onStarted: (app: App) => void;
}

/** A daemon on the frames of `dir`, until it is asked to end. Raises what keeps it from starting or from going on. */
export async function serveFolder({ dir, config, io, onStarted }: ServeFolderOptions): Promise<ExitCode> {
  const log = createLog({ level: config.logLevel, format: config.logFormat, write: io.stderr });
  const ledger = await ledgerPath(dir, config);
  const app = await startApp({ config, ledger, sources: [folderSource(dir, config)], log });
  try {
    onStarted(app);
    const error = await Promise.race([app.failed, untilStopped(io.stop)]);
    if (error !== undefined) throw error;
  } finally {
    await app.close();
  }
  io.stderr(`${accountText(app.account())}\n`);
  return EXIT_CODES.ok;
}

function folderSource(dir: string, config: Config): FrameSource {
  const { recursive, existing, settleMs, incompleteTimeoutMs, pollMs } = config;
  const timing = { settleMs, incompleteTimeoutMs, pollMs };
  const inspect = (source: ByteSource) => inspectImage(source, config);
  return createFolderSource({ dir, recursive, existing, ...timing, inspect, clock: systemClock });
}

/** Where the frames of `dir` are recorded, or `null`. Never among what is watched: every record would look like a changed frame. */
async function ledgerPath(dir: string, { ledger }: Config): Promise<string | null> {
  if (ledger === null) return null;
  // A folder that is not there is refused by its source, which says it better.
  const root = await realpath(dir).catch(() => resolve(dir));
  const path = ledger === AUTO_LEDGER ? defaultLedgerPath(root) : ledger;
  const folder = await realpath(dirname(path)).catch(() => dirname(path));
  if (!`${folder}${sep}`.startsWith(`${root}${sep}`)) return path;
  throw new UsageError({
    received: `a ledger inside the watched folder: ${path}`,
    expected: "a place outside it",
    remedy: "Name another file with --ledger, or leave it to Ostwald.",
  });
}

/** Where frames are recorded, and what is there already. */
export function ledgerText({ ledger }: Pick<App, "ledger">): string {
  if (ledger === null) return "  Nothing is recorded (--ledger none).\n\n";
  const { path, recordedFrames } = ledger;
  const again = "they are not analysed again; --ledger FILE begins anew";
  const before = recordedFrames === 0 ? "" : ` (${recordedFrames} frames from before: ${again})`;
  return `  Recorded in ${path}${before}\n\n`;
}

/** What was replaced by something slower, a line each; empty when all is as it should be. */
export function notesText({ notes }: Pick<App, "notes">): string {
  return notes.length === 0 ? "" : `${notes.map((note) => `  note: ${note}\n`).join("")}\n`;
}

/** `120 frames seen: 118 analysed, 1 rejected (corrupt 1), 1 dropped (intake/drop-oldest 1)` */
export function accountText({ seen, committed, rejected, dropped, inFlight }: FrameAccount): string {
  const parts = [
    `${committed} analysed`,
    `${total(rejected)} rejected${countsText(rejected)}`,
    `${total(dropped)} dropped${countsText(dropped)}`,
    ...(inFlight > 0 ? [`${inFlight} not finished`] : []),
  ];
  return `${seen} ${seen === 1 ? "frame" : "frames"} seen: ${parts.join(", ")}`;
}

/** ` (corrupt 2, vanished 1)`, or nothing when there is none. */
export function countsText(counts: Readonly<Partial<Record<string, number>>>): string {
  const parts = Object.entries(counts).map(([reason, count]) => `${reason} ${count}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}
