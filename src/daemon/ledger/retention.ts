/**
 * Forgetting what is old, so that the ledger keeps within its limits.
 *
 * @module
 */
import type { SqlDatabase } from "./database.js";
import { maybeNumberAt, numberAt } from "./database.js";
import { FRAME_TABLES } from "./schema.js";

export interface RetentionLimits {
  /** Bytes of content; `null`: no limit. */
  readonly maxBytes: number | null;
  /** Frames committed before this are forgotten, ms since 1970; `null`: none. */
  readonly forgetBeforeMs: number | null;
  /** The newest frames, which stay whatever the limits say. */
  readonly keepFrames: number;
}

/** Frames that one transaction forgets: some 20 ms, so that commits hardly wait. */
const FRAMES_AT_ONCE = 500;

/** Forgets some of the oldest frames, if a limit asks for it. Returns how many; 0: nothing is left to do. */
export function forgetOldest(database: SqlDatabase, limits: RetentionLimits): number {
  const upTo = lastToForget(database, limits);
  if (upTo === null) return 0;
  return database.transaction(() => {
    let frames = 0;
    for (const table of FRAME_TABLES) frames = database.run(`DELETE FROM ${table} WHERE seq <= ?`, upTo);
    database.run("DELETE FROM runs WHERE ended_at_ms IS NOT NULL AND last_seq <= ?", upTo);
    return frames;
  });
}

/** Bytes that hold something: pages that became free are used again and do not count. */
export function usedBytes(database: SqlDatabase): number {
  const pragma = (name: string) => numberAt(database.get(`PRAGMA ${name}`), 0);
  return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
}

function lastToForget(database: SqlDatabase, { maxBytes, forgetBeforeMs, keepFrames }: RetentionLimits): number | null {
  const lastKept = maybeNumberAt(database.get("SELECT max(seq) FROM frames"), 0) ?? 0;
  const oldest = [...database.rows("SELECT seq, committed_at_ms FROM frames ORDER BY seq LIMIT ?", FRAMES_AT_ONCE)];
  const forgettable = oldest.filter((row) => numberAt(row, 0) <= lastKept - keepFrames);
  const isTooLarge = maxBytes !== null && usedBytes(database) > maxBytes;
  const toForget = isTooLarge
    ? forgettable
    : forgettable.filter((row) => forgetBeforeMs !== null && numberAt(row, 1) < forgetBeforeMs);
  const last = toForget.at(-1);
  return last === undefined ? null : numberAt(last, 0);
}
