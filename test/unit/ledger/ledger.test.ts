import { describe, expect, it } from "vitest";
import { LedgerClosedError, LedgerFailedError } from "../../../src/daemon/ledger/errors.js";
import type { LedgerLink } from "../../../src/daemon/ledger/link.js";
import { directLedgerLink, LedgerThreadError, THREAD_DIED } from "../../../src/daemon/ledger/link.js";
import { ledgerPath, openLedger, recordOf, recordsTo, tableOf } from "../../support/ledger.js";

/** A thread whose commits fail as `failure` says, and the sizes of the groups it was given. */
function failing(failure: () => Error | undefined) {
  const groups: number[] = [];
  const startThread = (path: string): LedgerLink => {
    const link = directLedgerLink(path);
    return {
      ...link,
      async call(name, ...args) {
        if (name === "commit") {
          groups.push((args[0] as readonly unknown[]).length);
          const error = failure();
          if (error !== undefined) throw error;
        }
        return link.call(name, ...args);
      },
    };
  };
  return { groups, startThread };
}

const full = () => new LedgerThreadError("SQLITE_FULL", "database or disk is full");

describe("a ledger", () => {
  it("commits what comes while it writes as one group, in order, and answers in that order", async () => {
    const path = await ledgerPath();
    const { groups, startThread } = failing(() => undefined);
    const { ledger } = await openLedger(path, { startThread });
    const answered: number[] = [];
    const records = await recordsTo(300);
    await Promise.all(records.map((record) => ledger.commit(record).then(() => answered.push(record.event.seq))));
    expect(answered).toEqual(records.map(({ event }) => event.seq));
    expect(groups).toEqual([1, 256, 43]);
    expect(tableOf(path, "events")).toHaveLength(300);
  });

  it("knows a frame as soon as its commit has resolved, and how it had ended", async () => {
    const { ledger } = await openLedger(await ledgerPath());
    expect(ledger.fateOf("scripted", "frame-1")).toBeUndefined();
    await ledger.commit(await recordOf(1));
    expect(ledger.fateOf("scripted", "frame-1")).toEqual({ kind: "committed" });
    await ledger.commit(await recordOf(2, { kind: "rejected", reason: "poison", detail: "" }));
    expect(ledger.fateOf("scripted", "frame-2")).toEqual({ kind: "rejected", reason: "poison" });
    await ledger.commit(await recordOf(3, { kind: "dropped", cause: "intake/shutdown" }));
    expect(ledger.fateOf("scripted", "frame-3")).toBeUndefined();
    expect(ledger.fateOf("another", "frame-1")).toBeUndefined();
  });

  it("knows the greatest recorded key with a prefix, of its source alone, and none of what is not done with", async () => {
    const { ledger } = await openLedger(await ledgerPath());
    for (const record of await recordsTo(12)) await ledger.commit(record);
    await ledger.commit(await recordOf(13, { kind: "dropped", cause: "intake/shutdown" }));
    expect(ledger.lastKey("scripted", "frame-")).toBe("frame-9");
    expect(ledger.lastKey("scripted", "frame-1")).toBe("frame-12");
    expect(ledger.lastKey("scripted", "frame-13")).toBeUndefined();
    expect(ledger.lastKey("scripted", "frame_")).toBeUndefined();
    expect(ledger.lastKey("another", "frame-")).toBeUndefined();
  });

  it("waits out a full disk: says so, holds frames back at its limit, loses none and goes on", async () => {
    const path = await ledgerPath();
    let isFull = true;
    const { startThread } = failing(() => (isFull ? full() : undefined));
    const { ledger, lines } = await openLedger(path, { startThread });
    const records = await recordsTo(600);
    const commits = records.map((record) => ledger.commit(record));
    await expect.poll(() => ledger.isStalled).toBe(true);
    expect(ledger.notes()[0]).toMatch(/disk is full/);
    const room = ledger.room();
    expect(room).toBeDefined();
    expect(tableOf(path, "events")).toEqual([]);
    isFull = false;
    await room;
    await Promise.all(commits);
    expect(ledger.notes()).toEqual([]);
    expect(ledger.room()).toBeUndefined();
    expect(tableOf(path, "events").map(([seq]) => seq)).toEqual(records.map(({ event }) => event.seq));
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      "the ledger cannot be written: frames wait for it",
      "the ledger is written again",
    ]);
  });

  it("does not keep a daemon from ending when the disk stays full", async () => {
    const { startThread } = failing(full);
    const { ledger } = await openLedger(await ledgerPath(), { startThread });
    const commit = ledger.commit(await recordOf(1));
    const refused = expect(commit).rejects.toThrow(LedgerClosedError);
    await expect.poll(() => ledger.isStalled).toBe(true);
    ledger.finish();
    await refused;
    await ledger.close();
  });

  it.each([
    ["a damaged file", new LedgerThreadError("SQLITE_CORRUPT", "malformed")],
    ["a thread that died", new LedgerThreadError(THREAD_DIED, "ended")],
  ])("gives up on %s, at once and for good", async (_, error) => {
    const { startThread } = failing(() => error);
    const { ledger } = await openLedger(await ledgerPath(), { startThread });
    await expect(ledger.commit(await recordOf(1))).rejects.toThrow(LedgerFailedError);
    await expect(ledger.commit(await recordOf(2))).rejects.toThrow(LedgerFailedError);
  });

  it("writes what waits before it closes, and takes nothing after", async () => {
    const path = await ledgerPath();
    const { ledger } = await openLedger(path);
    const commits = (await recordsTo(20)).map((record) => ledger.commit(record));
    await Promise.all([ledger.close(), ...commits]);
    expect(tableOf(path, "frames")).toHaveLength(20);
    await expect(ledger.commit(await recordOf(21))).rejects.toThrow(LedgerClosedError);
  });

  it("lists and opens runs while it records", async () => {
    const { ledger } = await openLedger(await ledgerPath());
    await Promise.all((await recordsTo(3)).map((record) => ledger.commit(record)));
    expect(await ledger.runs()).toMatchObject([{ id: 1, committed: 3, lastSeq: null }]);
    const opened = await ledger.openRun(1);
    expect(opened?.history.points.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(opened?.settings).toHaveLength(1);
    await ledger.commit(await recordOf(4));
    expect(await ledger.runs()).toMatchObject([{ id: 1, committed: 4 }]);
    expect(await ledger.openRun(2)).toBeNull();
  });
});
