/**
 * Asks whether a frame is recorded already, so that it is neither analysed nor counted again.
 *
 * @module
 */
import type { DropCause, FrameFate } from "../../stream/base/accounting.js";
import type { RejectionReason } from "../../stream/base/frame.js";
import { SqlDatabase } from "./database.js";

const FIND = `SELECT outcome, reason FROM sources JOIN recorded ON recorded.source_id = sources.id
  LEFT JOIN frames ON frames.seq = recorded.seq WHERE sources.name = ? AND recorded.key = ?`;

/** Text is ordered by its bytes: all that begins with a prefix lies between it and it with the last character there is. */
const FIND_LAST = `SELECT key FROM recorded WHERE source_id = (SELECT id FROM sources WHERE name = ?)
  AND key >= ? AND key < ? ORDER BY key DESC LIMIT 1`;

/**
 * Looks up one frame at a time: 15 us, in the thread that takes frames in, which needs the answer before it gives a number. It only
 * reads, and never waits for the writer.
 */
export class RecordedFrames {
  readonly #database: SqlDatabase;

  constructor(path: string) {
    this.#database = new SqlDatabase(path, { isReadOnly: true });
  }

  /** How the frame had ended, if it is recorded and done with. */
  fateOf(source: string, key: string): FrameFate | undefined {
    const row = this.#database.get(FIND, source, key);
    if (row === undefined) return undefined;
    const [outcome, reason] = row;
    if (outcome === "rejected") return { kind: "rejected", reason: reason as RejectionReason };
    if (outcome === "dropped") return { kind: "dropped", cause: reason as DropCause };
    return { kind: "committed" };
  }

  /** The greatest key of a source that begins with `prefix` and is done with. */
  lastKey(source: string, prefix: string): string | undefined {
    const key = this.#database.get(FIND_LAST, source, prefix, `${prefix}\u{10ffff}`)?.[0];
    return typeof key === "string" ? key : undefined;
  }

  close(): void {
    this.#database.close();
  }
}
