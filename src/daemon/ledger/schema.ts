/**
 * The tables of the ledger, and how an older file becomes a newer one. README.md beside this file says what each is for.
 *
 * @module
 */
import type { SqlDatabase } from "./database.js";
import { numberAt } from "./database.js";

/** Marks a file as a ledger of Ostwald: "Ostw". */
export const APPLICATION_ID = 0x4f737477;

/**
 * Step `i` turns version `i` into `i + 1`. A step that was released is never edited: files in laboratories have been through it.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE ledger (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL,
    created_at_ms REAL NOT NULL
  ) STRICT;
  CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    notes TEXT NOT NULL,
    started_at_ms REAL NOT NULL,
    ended_at_ms REAL,
    end_reason TEXT CHECK (end_reason IN ('asked', 'gap', 'stopped')),
    first_seq INTEGER NOT NULL,
    last_seq INTEGER,
    daemon_version TEXT NOT NULL,
    configuration TEXT NOT NULL
  ) STRICT;
  CREATE TABLE settings (
    id INTEGER PRIMARY KEY,
    from_seq INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE computing (
    id INTEGER PRIMARY KEY,
    daemon_version TEXT NOT NULL,
    filter TEXT NOT NULL,
    segmenter TEXT NOT NULL,
    model_file TEXT NOT NULL,
    model_sha256 TEXT NOT NULL,
    UNIQUE (daemon_version, filter, segmenter, model_file, model_sha256)
  ) STRICT;
  CREATE TABLE frames (
    seq INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources,
    key TEXT NOT NULL,
    label TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('committed', 'rejected', 'dropped')),
    reason TEXT,
    received_at_ms REAL NOT NULL,
    acquired_at_ms REAL,
    committed_at_ms REAL NOT NULL,
    width_px INTEGER,
    height_px INTEGER,
    pixel_size_nm REAL,
    settings_id INTEGER REFERENCES settings,
    computing_id INTEGER REFERENCES computing,
    degraded TEXT,
    background_snr REAL,
    particle_count INTEGER,
    ecd_d10 REAL,
    ecd_d50 REAL,
    ecd_d90 REAL
  ) STRICT;
  CREATE TABLE recorded (
    source_id INTEGER NOT NULL REFERENCES sources,
    key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (source_id, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE particles (
    seq INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    pixel_size_nm REAL,
    sizes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE layouts (
    id INTEGER PRIMARY KEY,
    columns TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE descriptors (
    seq INTEGER PRIMARY KEY,
    layout_id INTEGER NOT NULL REFERENCES layouts,
    columns BLOB NOT NULL
  ) STRICT;
  CREATE TABLE outlines (
    seq INTEGER PRIMARY KEY,
    offsets BLOB NOT NULL,
    xy_px BLOB NOT NULL
  ) STRICT;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    body BLOB NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE frames ADD COLUMN noise_sigma REAL;
  ALTER TABLE frames ADD COLUMN noise_gain REAL;
  ALTER TABLE frames ADD COLUMN noise_offset REAL;
  ALTER TABLE frames ADD COLUMN nlm_h REAL;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Tables with a row for each frame. */
export const FRAME_TABLES = ["events", "outlines", "descriptors", "particles", "frames"] as const;

export function schemaVersionOf(database: SqlDatabase): number {
  return numberAt(database.get("PRAGMA user_version"), 0);
}

/** Brings a new or older ledger to {@link SCHEMA_VERSION}, all steps in one transaction. */
export function migrate(database: SqlDatabase, created: { readonly epoch: string; readonly atMs: number }): void {
  const version = schemaVersionOf(database);
  if (version === SCHEMA_VERSION) return;
  database.transaction(() => {
    for (const step of MIGRATIONS.slice(version)) database.exec(step);
    database.run("INSERT OR IGNORE INTO ledger VALUES (1, ?, ?)", created.epoch, created.atMs);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}
