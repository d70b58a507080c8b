/**
 * Where a ledger lies when nobody says.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";

/** Ends the name of every ledger. */
export const LEDGER_SUFFIX = ".ledger";

/** Where programs keep a user's data on this system; `XDG_DATA_HOME` decides wherever it is set. */
export function dataDir(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  const { XDG_DATA_HOME: xdg, LOCALAPPDATA: local } = env;
  if (xdg !== undefined && xdg !== "") return join(xdg, "ostwald");
  if (platform === "win32") return join(local ?? join(homedir(), "AppData", "Local"), "Ostwald");
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "Ostwald");
  return join(homedir(), ".local", "share", "ostwald");
}

/** The ledger of a watched folder: named after it, for people, and after its whole path, so that no two folders share one. */
export function defaultLedgerPath(watchedDir: string): string {
  const path = resolve(watchedDir);
  return pathFor(basename(path), path);
}

/** The ledger of several sources, or of one that is no folder: the same whatever order they are named in. */
export function defaultLedgerPathOf(sourceNames: readonly string[]): string {
  const [first = "", ...others] = [...sourceNames].sort();
  const more = others.length === 0 ? "" : `-and-${others.length}-more`;
  return pathFor(`${first.replaceAll(/[:/]+/g, "-")}${more}`, [first, ...others].join("\n"));
}

function pathFor(name: string, identity: string): string {
  const mark = createHash("sha256").update(identity).digest("hex").slice(0, 8);
  const plain = name.replaceAll(/[^\p{L}\p{N}._-]/gu, "_") || "root";
  return join(dataDir(), `${plain}-${mark}${LEDGER_SUFFIX}`);
}
