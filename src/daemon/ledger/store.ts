/**
 * Writing to the ledger: one transaction for any number of frames, in their order.
 *
 * @module
 */
import { failpoint } from "../../stream/flow/failpoint.js";
import { packValue } from "../../stream/protocol/codec.js";
import type { SettingsMessage } from "../../stream/protocol/messages.js";
import type { SqlDatabase, SqlValue } from "./database.js";
import { numberAt } from "./database.js";
import { DESCRIPTOR_LAYOUT } from "./particle-blobs.js";
import type { Computing, FrameRecord, Run } from "./records.js";

const INSERT_FRAME = `INSERT INTO frames VALUES (${Array.from({ length: 24 }, () => "?").join(",")})`;
const WRITE_RUN = `
  INSERT INTO runs VALUES (?,?,?,?,?,?,?,?,?,?)
  ON CONFLICT (id) DO UPDATE SET name = excluded.name, notes = excluded.notes, ended_at_ms = excluded.ended_at_ms,
    end_reason = excluded.end_reason, first_seq = excluded.first_seq, last_seq = excluded.last_seq`;

/** The one writer of a ledger. Synchronous; raises SQLite's errors, and has changed nothing then. */
export class LedgerStore {
  readonly #database: SqlDatabase;
  /** Ids of rows that many frames share. Found without making a text of what they stand for, frame after frame. */
  readonly #sources = new Map<string, number>();
  #layout: number | null = null;
  #lastComputing: { readonly computing: Computing; readonly id: number } | null = null;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** Makes `records` durable, all or none. When it returns, they survive the loss of power. */
  commit(records: readonly FrameRecord[]): void {
    this.#whole(() => {
      for (const record of records) this.#insert(record);
      failpoint("ledger/writing");
    });
    failpoint("ledger/committed");
  }

  writeRuns(runs: readonly Run[]): void {
    this.#whole(() => {
      for (const run of runs) this.#writeRun(run);
    });
  }

  /** Changes name or notes of a run; `false`: there is none of this number. */
  describeRun(id: number, name: string | null, notes: string | null): boolean {
    const sql = "UPDATE runs SET name = coalesce(?, name), notes = coalesce(?, notes) WHERE id = ?";
    return this.#database.run(sql, name, notes, id) > 0;
  }

  /** What was remembered of rows that did not come to be is forgotten with them. */
  #whole(work: () => void): void {
    try {
      this.#database.transaction(work);
    } catch (error) {
      this.#sources.clear();
      this.#layout = null;
      this.#lastComputing = null;
      throw error;
    }
  }

  #insert(record: FrameRecord): void {
    const { event, key, particles, outlines } = record;
    const { seq } = event;
    for (const run of record.runs) this.#writeRun(run);
    if (record.settings !== null) this.#writeSettings(record.settings);
    const sourceId = this.#sourceId(event.source);
    this.#database.run(INSERT_FRAME, ...frameCells(record, sourceId, this.#computingId(record.computing)));
    // A primary key: the same content can never be final twice.
    if (record.isFinal) this.#database.run("INSERT INTO recorded VALUES (?, ?, ?)", sourceId, key, seq);
    if (particles !== null) {
      const { count, pixelSizeNm, sizes, descriptors } = particles;
      this.#database.run("INSERT INTO particles VALUES (?, ?, ?, ?)", seq, count, pixelSizeNm, sizes);
      this.#database.run("INSERT INTO descriptors VALUES (?, ?, ?)", seq, this.#layoutId(), descriptors);
    }
    if (outlines !== null) {
      const { offsets, xyPx } = outlines;
      this.#database.run("INSERT INTO outlines VALUES (?, ?, ?)", seq, bytesOf(offsets), bytesOf(xyPx));
    }
    this.#database.run("INSERT INTO events VALUES (?, ?)", seq, record.body);
  }

  #writeRun(run: Run): void {
    const { id, name, notes, startedAtMs, endedAtMs, endReason, firstSeq, lastSeq } = run;
    const cells = [id, name, notes, startedAtMs, endedAtMs, endReason, firstSeq, lastSeq];
    this.#database.run(WRITE_RUN, ...cells, run.daemonVersion, run.configuration);
  }

  #writeSettings({ settingsId, fromSeq, settings }: SettingsMessage): void {
    const sql = "INSERT OR IGNORE INTO settings VALUES (?, ?, ?)";
    this.#database.run(sql, settingsId, fromSeq, JSON.stringify(settings));
  }

  #sourceId(name: string): number {
    const held = this.#sources.get(name);
    if (held !== undefined) return held;
    const id = this.#idOf("sources", { name });
    this.#sources.set(name, id);
    return id;
  }

  #layoutId(): number {
    this.#layout ??= this.#idOf("layouts", { columns: JSON.stringify(DESCRIPTOR_LAYOUT) });
    return this.#layout;
  }

  #computingId(computing: Computing | null): number | null {
    if (computing === null) return null;
    if (this.#lastComputing === null || !isSameComputing(computing, this.#lastComputing.computing)) {
      const { daemonVersion, filter, segmenter, model } = computing;
      const cells = { daemon_version: daemonVersion, filter, segmenter };
      const modelCells = { model_file: model?.file ?? "", model_sha256: model?.sha256 ?? "" };
      this.#lastComputing = { computing, id: this.#idOf("computing", { ...cells, ...modelCells }) };
    }
    return this.#lastComputing.id;
  }

  /** The id of the row with these cells, which is made when it is not there. */
  #idOf(table: string, cells: Readonly<Record<string, string>>): number {
    const names = Object.keys(cells);
    const values = Object.values(cells);
    const places = names.map(() => "?").join(", ");
    this.#database.run(`INSERT OR IGNORE INTO ${table} (${names.join(", ")}) VALUES (${places})`, ...values);
    const where = names.map((name) => `${name} = ?`).join(" AND ");
    return numberAt(this.#database.get(`SELECT id FROM ${table} WHERE ${where}`, ...values), 0);
  }
}

function isSameComputing(a: Computing, b: Computing): boolean {
  const isSameModel = a.model?.file === b.model?.file && a.model?.sha256 === b.model?.sha256;
  return isSameModel && a.filter === b.filter && a.segmenter === b.segmenter && a.daemonVersion === b.daemonVersion;
}

function frameCells(record: FrameRecord, sourceId: number, computingId: number | null): readonly SqlValue[] {
  const { event, key, committedAtMs, degraded } = record;
  const { seq, label, receivedAtMs } = event;
  if (event.op !== "frame") {
    const [outcome, reason] = event.op === "rejected" ? ["rejected", event.reason] : ["dropped", event.cause];
    const unmeasured = Array.from({ length: 15 }, () => null);
    return [seq, sourceId, key, label, outcome, reason, receivedAtMs, null, committedAtMs, ...unmeasured];
  }
  const { acquiredAtMs, widthPx, heightPx, pixelSizeNm, settingsId, statistics, noise = null, nlmH = null } = event;
  const { count, backgroundSnr, ecd } = statistics;
  const times = [receivedAtMs, acquiredAtMs, committedAtMs];
  const frame = [widthPx, heightPx, pixelSizeNm, settingsId, computingId, degraded, backgroundSnr];
  const sizes = [count, ecd.d10, ecd.d50, ecd.d90];
  const denoising = [noise?.sigma ?? null, noise?.gain ?? null, noise?.offset ?? null, nlmH];
  return [seq, sourceId, key, label, "committed", null, ...times, ...frame, ...sizes, ...denoising];
}

function bytesOf(column: ArrayBufferView): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

/** An event as it is kept. */
export function packEvent(event: FrameRecord["event"]): Uint8Array {
  // An own copy: the packer's buffer is used again for the next message.
  return new Uint8Array(packValue(event));
}
