import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { SqlDatabase } from "../../../src/daemon/ledger/database.js";
import { LedgerInUseError, LedgerUnusableError } from "../../../src/daemon/ledger/errors.js";
import { openLedgerFile } from "../../../src/daemon/ledger/open.js";
import { SCHEMA_VERSION } from "../../../src/daemon/ledger/schema.js";
import { analysisWith } from "../../support/cli-frames.js";
import {
  committed,
  ledgerPath,
  OPENED_AT_MS,
  openStore,
  recordOf,
  recordsTo,
  runFrom,
  tableOf,
} from "../../support/ledger.js";

/** The bytes of a ledger of 200 frames. */
async function soundBytes(): Promise<Buffer> {
  const path = await ledgerPath();
  await filled(path, 200);
  return readFile(path);
}

/** Names beside the ledger, without those that SQLite and the lock keep. */
async function namesBeside(path: string): Promise<readonly string[]> {
  const names = await readdir(dirname(path));
  return names.filter((name) => name !== basename(path) && !/\.lock|-(wal|shm)$/.test(name)).sort();
}

async function filled(path: string, frames = 5): Promise<void> {
  const { store, close } = openStore(path);
  store.commit(await recordsTo(frames));
  close();
}

describe("a ledger that is opened again", () => {
  it("goes on with its epoch and numbers, and tells the newest events, settings and the run that was not ended", async () => {
    const path = await ledgerPath();
    await filled(path);
    const { resumption, notes } = openStore(path, "second");
    expect(notes).toEqual([]);
    expect(resumption).toMatchObject({
      epoch: "first",
      lastSeq: 5,
      lastRunId: 1,
      frames: 5,
      settings: { settingsId: 1 },
    });
    expect(resumption.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(resumption.openRun).toEqual(runFrom(1, 1));
    expect(resumption.history.points.map(({ seq, count }) => [seq, count])).toEqual(
      [1, 2, 3, 4, 5].map((seq) => [seq, 3]),
    );
    expect(resumption.history.lastFrame?.seq).toBe(5);
    expect(resumption.history.particles?.table.id).toEqual(Uint32Array.of(1, 2, 3));
  });

  it("empties a run that was announced for frames which were never recorded", async () => {
    const path = await ledgerPath();
    const { store, close } = openStore(path);
    store.commit(await recordsTo(3));
    const ended = runFrom(1, 1, { lastSeq: 7, endedAtMs: OPENED_AT_MS, endReason: "asked" });
    store.writeRuns([ended, runFrom(2, 8)]);
    close();
    const { reader } = openStore(path);
    expect(reader.runs().map(({ id, firstSeq, lastSeq, committed }) => [id, firstSeq, lastSeq, committed])).toEqual([
      [1, 1, 3, 3],
      [2, 4, null, 0],
    ]);
  });

  it("is refused while another writes to it, and the first is unharmed", async () => {
    const path = await ledgerPath();
    const first = openStore(path);
    expect(() => openStore(path)).toThrow(LedgerInUseError);
    first.store.commit(await recordsTo(1));
    expect(first.reader.lastSeq()).toBe(1);
  });
});

describe("whatever lies in the ledger's place, a daemon starts:", () => {
  const damages: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
    "bytes that are no database": () => Buffer.from("not a ledger".repeat(1_000)),
    "a file cut in half": (bytes) => bytes.subarray(0, bytes.length / 2),
    "pages of zeros": (bytes) => Buffer.concat([bytes.subarray(0, 4_096), Buffer.alloc(bytes.length - 4_096)]),
    "tables that are not there": () => Buffer.alloc(0),
  };

  it.each(Object.entries(damages))("%s", async (name, damage) => {
    const path = await ledgerPath();
    await writeFile(path, damage(await soundBytes()));
    if (name === "tables that are not there") {
      const other = new SqlDatabase(path);
      other.exec("CREATE TABLE frames (seq INTEGER); PRAGMA application_id = 1332966519; PRAGMA user_version = 1");
      other.close();
    }
    const kept = await readFile(path);
    const { notes, resumption, store, reader } = openStore(path, "second");
    expect(resumption).toMatchObject({ epoch: "second", lastSeq: 0 });
    const aside = `${basename(path)}.damaged-2023-11-14T22-13-20-000Z`;
    expect(await namesBeside(path)).toEqual([aside]);
    expect((await readFile(`${dirname(path)}/${aside}`)).equals(kept)).toBe(true);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(aside);
    store.commit(await recordsTo(1));
    expect(reader.lastSeq()).toBe(1);
  });

  it("a ledger of a newer version, which is kept", async () => {
    const path = await ledgerPath();
    await filled(path);
    const newer = new SqlDatabase(path);
    newer.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    newer.close();
    const { notes, resumption } = openStore(path, "second");
    expect(resumption.epoch).toBe("second");
    expect(notes[0]).toMatch(/newer Ostwald/);
    expect(await namesBeside(path)).toEqual([`${basename(path)}.newer-2023-11-14T22-13-20-000Z`]);
  });

  it("a file of the version before, which gains what it lacks and keeps what it has", async () => {
    const path = await ledgerPath();
    await filled(path, 3);
    const older = new SqlDatabase(path);
    for (const column of ["noise_sigma", "noise_gain", "noise_offset", "nlm_h"]) {
      older.exec(`ALTER TABLE frames DROP COLUMN ${column}`);
    }
    older.exec("PRAGMA user_version = 1");
    older.close();
    const { notes, store, reader, close } = openStore(path, "second");
    expect(notes).toEqual([]);
    const outcome = committed({ ...analysisWith(3, 0.5), noise: { sigma: 2.5, gain: 0.5, offset: null }, nlmH: 2.6 });
    store.commit([await recordOf(4, outcome)]);
    expect(reader.lastSeq()).toBe(4);
    close();
    const noise = tableOf(path, "frames").map((row) => row.slice(-4));
    expect(noise).toEqual([...Array.from({ length: 3 }, () => [null, null, null, null]), [2.5, 0.5, null, 2.6]]);
  });

  it("an empty file", async () => {
    const path = await ledgerPath();
    await writeFile(path, "");
    const { notes, store, reader } = openStore(path);
    expect(notes).toEqual([]);
    store.commit([await recordOf(1)]);
    expect(reader.lastSeq()).toBe(1);
  });

  it("but never over the database of another program, nor where no file can be", async () => {
    const path = await ledgerPath();
    const other = new SqlDatabase(path);
    other.exec("CREATE TABLE theirs (a)");
    other.close();
    expect(() => openStore(path)).toThrow(LedgerUnusableError);
    expect(await namesBeside(path)).toEqual([]);
    const impossible = { path: `${path}/below/a/file`, epoch: "", nowMs: 0, events: 1 };
    expect(() => openLedgerFile(impossible)).toThrow(LedgerUnusableError);
  });
});
