/**
 * Reading from the ledger. Synchronous; nothing here writes.
 *
 * @module
 */
import type { Outlines, ParticleTable } from "../../stream/base/particles.js";
import { unpackValue } from "../../stream/protocol/codec.js";
import { HISTORY_LIMIT, History } from "../../stream/protocol/history.js";
import type {
  EventMessage,
  FrameMessage,
  HistoryPoint,
  RejectedMessage,
  SettingsMessage,
} from "../../stream/protocol/messages.js";
import type { SqlDatabase, SqlRow } from "./database.js";
import { bytesAt, maybeNumberAt, maybeTextAt, numberAt, textAt } from "./database.js";
import type { Layout } from "./particle-blobs.js";
import { unpackTable } from "./particle-blobs.js";
import type { Computing, FrameRow, Run, RunEnd, RunHistory, RunSummary } from "./records.js";

/** Refused frames that are told of a run. */
const REJECTIONS_TOLD = 20;
/** Past every `seq`. */
const NO_END = Number.MAX_SAFE_INTEGER;

export class LedgerReader {
  readonly #database: SqlDatabase;
  readonly #layouts = new Map<number, Layout>();

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  epoch(): string {
    return textAt(this.#database.get("SELECT epoch FROM ledger"), 0);
  }

  /** Last `seq` of an event, 0 before the first. */
  lastSeq(): number {
    return maybeNumberAt(this.#database.get("SELECT max(seq) FROM events"), 0) ?? 0;
  }

  frameCount(): number {
    return numberAt(this.#database.get("SELECT count(*) FROM frames"), 0);
  }

  /** Events after `seq`, oldest first, `count` at most. */
  *eventsAfter(seq: number, lastSeq = NO_END, count = NO_END): Generator<EventMessage> {
    const sql = "SELECT body FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?";
    for (const row of this.#database.rows(sql, seq, lastSeq, count)) yield eventAt(row, 0);
  }

  lastSettings(): SettingsMessage | null {
    const [last] = this.#settings("ORDER BY id DESC LIMIT 1");
    return last ?? null;
  }

  /** Every set of settings that frames of a run were analysed with, oldest first. */
  settingsOf(run: Run): readonly SettingsMessage[] {
    const used = "SELECT DISTINCT settings_id FROM frames WHERE seq BETWEEN ? AND ?";
    return this.#settings(`WHERE id IN (${used}) ORDER BY id`, run.firstSeq, run.lastSeq ?? NO_END);
  }

  #settings(clause: string, ...values: readonly number[]): readonly SettingsMessage[] {
    return [...this.#database.rows(`SELECT id, from_seq, body FROM settings ${clause}`, ...values)].map((row) => ({
      op: "settings",
      settingsId: numberAt(row, 0),
      fromSeq: numberAt(row, 1),
      settings: JSON.parse(textAt(row, 2)) as SettingsMessage["settings"],
    }));
  }

  lastRunId(): number {
    return maybeNumberAt(this.#database.get("SELECT max(id) FROM runs"), 0) ?? 0;
  }

  /** The run that goes on, as far as the ledger knows. */
  openRun(): Run | null {
    const row = this.#database.get("SELECT * FROM runs WHERE ended_at_ms IS NULL ORDER BY id DESC LIMIT 1");
    return row === undefined ? null : runFrom(row);
  }

  run(id: number): Run | null {
    const row = this.#database.get("SELECT * FROM runs WHERE id = ?", id);
    return row === undefined ? null : runFrom(row);
  }

  /** All runs, oldest first. */
  runs(): readonly RunSummary[] {
    return [...this.#database.rows("SELECT * FROM runs ORDER BY id")].map((row) => this.summary(runFrom(row)));
  }

  summary(run: Run): RunSummary {
    const sql = `SELECT outcome, count(*), sum(particle_count), max(received_at_ms) FROM frames
      WHERE seq BETWEEN ? AND ? GROUP BY outcome`;
    const rows = [...this.#database.rows(sql, run.firstSeq, run.lastSeq ?? NO_END)];
    const countOf = (outcome: string) => numberAt(rows.find(([name]) => name === outcome) ?? [outcome, 0], 1);
    const times = rows.map((row) => numberAt(row, 3));
    return {
      ...run,
      committed: countOf("committed"),
      rejected: countOf("rejected"),
      dropped: countOf("dropped"),
      particles: rows.reduce((sum, row) => sum + (maybeNumberAt(row, 2) ?? 0), 0),
      lastFrameAtMs: times.length === 0 ? null : Math.max(...times),
    };
  }

  /** What a dashboard shows of a run, thinned as it thins what it sees itself. */
  history(run: Run): RunHistory {
    const range = [run.firstSeq, run.lastSeq ?? NO_END] as const;
    const history = new History(HISTORY_LIMIT);
    const sql = `SELECT seq, received_at_ms, particle_count, ecd_d10, ecd_d50, ecd_d90 FROM frames
      WHERE seq BETWEEN ? AND ? AND outcome = 'committed' ORDER BY seq`;
    for (const row of this.#database.rows(sql, ...range)) history.add(pointFrom(row));
    const lastSeq = history.points.at(-1)?.seq ?? 0;
    const last = this.#database.get("SELECT body FROM events WHERE seq = ?", lastSeq);
    const lastFrame = last === undefined ? null : (eventAt(last, 0) as FrameMessage);
    const table = this.#table(lastSeq);
    const isTold = lastFrame !== null && table !== null;
    return {
      points: history.points,
      lastFrame,
      particles: isTold ? { seq: lastSeq, pixelSizeNm: lastFrame.pixelSizeNm, table } : null,
      rejections: this.#rejections(range),
    };
  }

  #rejections(range: readonly [number, number]): readonly RejectedMessage[] {
    const sql = `SELECT body FROM events JOIN frames USING (seq)
      WHERE seq BETWEEN ? AND ? AND outcome = 'rejected' ORDER BY seq DESC LIMIT ${REJECTIONS_TOLD}`;
    const rows = [...this.#database.rows(sql, ...range)];
    return rows.map((row) => eventAt(row, 0) as RejectedMessage).reverse();
  }

  /** Every frame of a run, in order, whatever became of it. */
  *frames(run: Run): Generator<FrameRow> {
    const sql = `SELECT body, key, degraded, computing.daemon_version, filter, segmenter, model_file, model_sha256, seq
      FROM frames JOIN events USING (seq) LEFT JOIN computing ON computing.id = computing_id
      WHERE seq BETWEEN ? AND ? ORDER BY seq`;
    for (const row of this.#database.rows(sql, run.firstSeq, run.lastSeq ?? NO_END)) {
      const seq = numberAt(row, 8);
      yield {
        event: eventAt(row, 0),
        key: textAt(row, 1),
        degraded: maybeTextAt(row, 2),
        computing: computingFrom(row),
        particles: this.#table(seq),
        outlines: this.#outlines(seq),
      };
    }
  }

  /** Whether outlines were kept for any frame of a run. */
  hasOutlines(run: Run): boolean {
    const sql = "SELECT 1 FROM outlines WHERE seq BETWEEN ? AND ? LIMIT 1";
    return this.#database.get(sql, run.firstSeq, run.lastSeq ?? NO_END) !== undefined;
  }

  #table(seq: number): ParticleTable | null {
    const sql = "SELECT count, sizes, layout_id, columns FROM particles JOIN descriptors USING (seq) WHERE seq = ?";
    const row = this.#database.get(sql, seq);
    if (row === undefined) return null;
    const layout = this.#layout(numberAt(row, 2));
    return unpackTable({ count: numberAt(row, 0), sizes: bytesAt(row, 1), layout, descriptors: bytesAt(row, 3) });
  }

  #layout(id: number): Layout {
    const held = this.#layouts.get(id);
    if (held !== undefined) return held;
    const row = this.#database.get("SELECT columns FROM layouts WHERE id = ?", id);
    const layout = JSON.parse(textAt(row, 0)) as Layout;
    this.#layouts.set(id, layout);
    return layout;
  }

  #outlines(seq: number): Outlines | null {
    const row = this.#database.get("SELECT offsets, xy_px FROM outlines WHERE seq = ?", seq);
    if (row === undefined) return null;
    return { offsets: new Uint32Array(bytesAt(row, 0).buffer), xyPx: new Float32Array(bytesAt(row, 1).buffer) };
  }
}

/** The order of the columns of `runs`. */
function runFrom(row: SqlRow): Run {
  return {
    id: numberAt(row, 0),
    name: textAt(row, 1),
    notes: textAt(row, 2),
    startedAtMs: numberAt(row, 3),
    endedAtMs: maybeNumberAt(row, 4),
    endReason: maybeTextAt(row, 5) as RunEnd | null,
    firstSeq: numberAt(row, 6),
    lastSeq: maybeNumberAt(row, 7),
    daemonVersion: textAt(row, 8),
    configuration: textAt(row, 9),
  };
}

function pointFrom(row: SqlRow): HistoryPoint {
  return {
    seq: numberAt(row, 0),
    receivedAtMs: numberAt(row, 1),
    count: numberAt(row, 2),
    d10: maybeNumberAt(row, 3),
    d50: maybeNumberAt(row, 4),
    d90: maybeNumberAt(row, 5),
  };
}

function computingFrom(row: SqlRow): Computing | null {
  const daemonVersion = maybeTextAt(row, 3);
  if (daemonVersion === null) return null;
  const file = textAt(row, 6);
  const model = file === "" ? null : { file, sha256: textAt(row, 7) };
  return { daemonVersion, filter: textAt(row, 4), segmenter: textAt(row, 5), model };
}

/** Bodies are written by this package only, and the file is checked as a whole. */
function eventAt(row: SqlRow, column: number): EventMessage {
  return unpackValue(bytesAt(row, column)) as EventMessage;
}
