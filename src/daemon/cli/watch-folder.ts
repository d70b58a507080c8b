/**
 * A daemon on its sources: what `watch`, `receive`, `replay` and `demo` have in common.
 *
 * @module
 */
import { realpath } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { FrameAccount } from "../../stream/base/accounting.js";
import { total } from "../../stream/base/accounting.js";
import { systemClock } from "../../stream/flow/clock.js";
import type { FrameSource } from "../../stream/source/source.js";
import type { App, Ending } from "../app.js";
import { startApp } from "../app.js";
import type { Config } from "../config/schema.js";
import { AUTO, AUTO_LEDGER } from "../config/schema.js";
import { dataDir, defaultLedgerPath, defaultLedgerPathOf } from "../ledger/place.js";
import { FlightRecorder } from "../observe/flight-recorder.js";
import { createLog } from "../observe/log.js";
import { parseAddress } from "../sources/address.js";
import { openFolder, openSource } from "../sources/open-source.js";
import { UsageError } from "./errors.js";
import type { ExitCode } from "./exit-codes.js";
import { EXIT_CODES } from "./exit-codes.js";
import type { CliIo } from "./io.js";
import { untilStopped } from "./io.js";

export interface ServeOptions {
  /** Folders by their paths, and everything else that openSource knows. */
  readonly addresses: readonly string[];
  readonly config: Config;
  /** Reads the configuration again, for a reload. */
  readonly readConfig: () => Promise<Config>;
  readonly io: CliIo;
  /** Told once, when frames are taken and the address answers. */
  readonly onStarted: (app: App, sources: readonly FrameSource[]) => void;
}

/** A daemon on the frames of `addresses`, until it is asked to end. Raises what keeps it from starting or from going on. */
export function serveAddresses({ addresses, ...options }: ServeOptions): Promise<ExitCode> {
  const folders = addresses.map(parseAddress).flatMap(({ scheme, rest }) => (scheme === "folder" ? [rest] : []));
  return serveSources({
    ...options,
    sources: addresses.map((address) => openSource(address, options.config)),
    folders,
  });
}

/** As {@link serveAddresses}, for one folder, whatever its name looks like. */
export function serveFolder({ dir, ...options }: Omit<ServeOptions, "addresses"> & { readonly dir: string }) {
  return serveSources({ ...options, sources: [openFolder(dir, options.config)], folders: [dir] });
}

export interface ServeSourcesOptions extends Omit<ServeOptions, "addresses"> {
  readonly sources: readonly FrameSource[];
  /** Those that sources watch. */
  readonly folders: readonly string[];
  /** When the sources have nothing more to give; without it they have as long as nobody asks them to end. */
  readonly ended?: Promise<void>;
}

/** A daemon on sources, until it is asked to end or they have ended. Raises as {@link serveAddresses}, and what `ended` rejects with. */
export async function serveSources(options: ServeSourcesOptions): Promise<ExitCode> {
  const { sources, folders, config, readConfig, io, onStarted } = options;
  const ended = options.ended ?? new Promise<void>(() => undefined);
  const ledger = await ledgerPath(sources, folders, config);
  const faultDir = faultDirOf(ledger, config);
  const flight = new FlightRecorder({ clock: systemClock, dir: faultDir });
  const log = createLog({ level: config.logLevel, format: config.logFormat, write: io.stderr, keep: flight.takeLine });
  const app = await startApp({ config, ledger, sources, log, flight, faultDir, readConfig });
  const unlisten = listenForSignals(io, app, flight);
  let how: Ending = "stop";
  try {
    onStarted(app, sources);
    const end = await Promise.race([app.failed, app.asked, untilStopped(io.stop), ended]);
    if (end instanceof Error) throw end;
    how = end ?? "stop";
  } finally {
    unlisten();
    await app.close(how);
    await flight.settled();
  }
  io.stderr(`${accountText(app.account())}\n`);
  return how === "abort" ? EXIT_CODES.interrupted : EXIT_CODES.ok;
}

/** SIGHUP reloads the configuration, SIGUSR2 writes a flight recording. What goes wrong with a reload is in the log. */
function listenForSignals(io: CliIo, app: App, flight: FlightRecorder): () => void {
  const ends = [
    io.onSignal?.("SIGHUP", () => void app.reload().catch(() => undefined)),
    io.onSignal?.("SIGUSR2", () => void flight.keep("asked").catch(() => undefined)),
  ];
  return () => {
    for (const end of ends) end?.();
  };
}

/** Where the frames of the sources are recorded, or `null`. Never among what is watched: every record would look like a changed frame. */
async function ledgerPath(
  sources: readonly FrameSource[],
  folders: readonly string[],
  { ledger }: Config,
): Promise<string | null> {
  if (ledger === null) return null;
  // A folder that is not there is refused by its source, which says it better.
  const roots = await Promise.all(folders.map((dir) => realpath(dir).catch(() => resolve(dir))));
  const path = ledger === AUTO_LEDGER ? autoLedgerPath(sources, roots) : ledger;
  const folder = await realpath(dirname(path)).catch(() => dirname(path));
  if (!roots.some((root) => `${folder}${sep}`.startsWith(`${root}${sep}`))) return path;
  throw new UsageError({
    received: `a ledger inside a watched folder: ${path}`,
    expected: "a place outside it",
    remedy: "Name another file with --ledger, or leave it to Ostwald.",
  });
}

/** Beside the ledger, where nothing else is said. */
function faultDirOf(ledger: string | null, { faultDir }: Config): string | null {
  if (faultDir !== AUTO) return faultDir;
  return ledger === null ? join(dataDir(), "faults") : `${ledger.replace(/\.ledger$/, "")}.faults`;
}

/** A folder alone has a ledger of its own; so has each set of sources. */
function autoLedgerPath(sources: readonly FrameSource[], roots: readonly string[]): string {
  const [root] = roots;
  if (root !== undefined && sources.length === 1) return defaultLedgerPath(root);
  return defaultLedgerPathOf(sources.map(({ name }) => name));
}

/** Where frames are recorded, and what is there already. */
export function ledgerText({ ledger }: Pick<App, "ledger">): string {
  if (ledger === null) return "  Nothing is recorded (--ledger none).\n\n";
  const { path, recordedFrames } = ledger;
  const again = "they are not analysed again; --ledger FILE begins anew";
  const before = recordedFrames === 0 ? "" : ` (${recordedFrames} frames from before: ${again})`;
  return `  Recorded in ${path}${before}\n\n`;
}

/** What each source says of itself: the port that it has, whether it is connected. */
export function sourcesText(sources: readonly FrameSource[]): string {
  return `${sources.map((source) => `  ${source.name}: ${source.health().detail}\n`).join("")}\n`;
}

/** What was replaced by something slower, a line each; empty when all is as it should be. */
export function notesText({ notes }: Pick<App, "notes">): string {
  return notes.length === 0 ? "" : `${notes.map((note) => `  note: ${note}\n`).join("")}\n`;
}

/** `120 frames seen: 118 analysed, 1 rejected (corrupt 1), 1 dropped (intake/latest 1)` */
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
