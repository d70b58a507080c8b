/**
 * A daemon on a folder: what `watch` and `demo` have in common.
 *
 * @module
 */
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
import { createLog } from "../observe/log.js";
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
  const app = await startApp({ config, sources: [folderSource(dir, config)], log });
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
