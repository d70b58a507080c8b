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
  const mark = createHash("sha256").update(path).digest("hex").slice(0, 8);
  const name = basename(path).replaceAll(/[^\p{L}\p{N}._-]/gu, "_") || "root";
  return join(dataDir(), `${name}-${mark}${LEDGER_SUFFIX}`);
}
