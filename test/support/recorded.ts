/**
 * What a ledger holds, in a form in which two ledgers can be compared: without times and numbers that no two runs share.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { SqlDatabase } from "../../src/daemon/ledger/database.js";

export interface RecordedFrame {
  readonly label: string;
  readonly outcome: string;
  readonly particles: number | null;
  /** Of every descriptor of every particle. */
  readonly content: string;
}

export interface Recorded {
  readonly epoch: string;
  readonly seqs: readonly number[];
  /** Frames that are done with, by name. */
  readonly frames: readonly RecordedFrame[];
  readonly runs: number;
}

export function readRecorded(path: string): Recorded {
  const database = new SqlDatabase(path, { isReadOnly: true });
  try {
    const sql = `SELECT label, outcome, particle_count, sizes, columns FROM recorded
      JOIN frames USING (seq) LEFT JOIN particles USING (seq) LEFT JOIN descriptors USING (seq) ORDER BY label`;
    return {
      epoch: String(database.get("SELECT epoch FROM ledger")?.[0]),
      seqs: [...database.rows("SELECT seq FROM events ORDER BY seq")].map(([seq]) => Number(seq)),
      frames: [...database.rows(sql)].map(([label, outcome, particles, ...blobs]) => ({
        label: String(label),
        outcome: String(outcome),
        particles: particles === null ? null : Number(particles),
        content: hashOf(blobs),
      })),
      runs: Number(database.get("SELECT count(*) FROM runs")?.[0]),
    };
  } finally {
    database.close();
  }
}

function hashOf(blobs: readonly unknown[]): string {
  const hash = createHash("sha256");
  for (const blob of blobs) if (blob instanceof Uint8Array) hash.update(blob);
  return hash.digest("hex");
}
