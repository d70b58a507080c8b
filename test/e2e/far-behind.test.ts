import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openLedgerFile } from "../../src/daemon/ledger/open.js";
import { LedgerStore } from "../../src/daemon/ledger/store.js";
import { PROTOCOL_LIMITS } from "../../src/stream/protocol/limits.js";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.js";
import { startDaemon } from "../support/daemon.js";
import { emptyFolder } from "../support/folder.js";
import { OPENED_AT_MS, recordsTo } from "../support/ledger.js";
import { noisySpheres } from "../support/simulated-frames.js";
import { QUICK_FLAGS } from "../support/small-frames.js";
import { connectClient } from "../support/stream-client.js";
import { replaceFile } from "../support/test-files.js";
import { TestClient } from "../support/wire-client.js";

const RECORDED = 3 * PROTOCOL_LIMITS.heldEvents;
const seqsTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** A ledger of {@link RECORDED} frames, of which the first `forgotten` were removed. */
async function recordedLedger(forgotten: number): Promise<string> {
  const path = join(await emptyFolder(), "past.ledger");
  const opened = openLedgerFile({ path, epoch: "past", nowMs: OPENED_AT_MS, events: 1 });
  const store = new LedgerStore(opened.database);
  store.commit(await recordsTo(RECORDED));
  opened.database.run("DELETE FROM events WHERE seq <= ?", forgotten);
  opened.close();
  return path;
}

describe("a client that has seen nothing of what a daemon before recorded", () => {
  it("is fed all of it from the ledger, joins the live stream without a gap, and so again after a restart", async () => {
    const ledger = await recordedLedger(0);
    const flags = [...QUICK_FLAGS, "--ledger", ledger];
    const daemon = await startDaemon(flags);
    onTestFinished(() => rm(daemon.dir, { recursive: true, force: true }));
    const client = await connectClient(daemon.url, "msgpack");
    await replaceFile(join(daemon.dir, "live.tif"), encodeTiff(noisySpheres()));
    const events = await client.untilEvents(RECORDED + 1);
    expect(events.map(({ seq }) => seq)).toEqual(seqsTo(RECORDED + 1));
    expect(events.at(-1)).toMatchObject({ op: "frame", label: "live.tif" });
    expect(client.messages.filter(({ op }) => op === "gap")).toEqual([]);
    client.close();
    daemon.process.kill("SIGKILL");

    const next = await startDaemon(flags, daemon.dir);
    const again = await connectClient(next.url, "json");
    const told = await again.untilEvents(RECORDED + 1);
    expect(told).toEqual(events);
    expect(again.messages.filter(({ op }) => op === "gap")).toEqual([]);
    again.close();
    expect(await next.stop()).toBe(0);
  }, 60_000);

  it("is told as gap what was removed from the ledger, and reads the rest however slowly", async () => {
    const forgotten = 500;
    const daemon = await startDaemon([...QUICK_FLAGS, "--ledger", await recordedLedger(forgotten)]);
    const client = await TestClient.connect(daemon.url);
    await client.subscribe({ channels: ["events"], resumeAfterSeq: 0 });
    expect(await client.next()).toEqual({ op: "gap", fromSeq: 1, toSeq: forgotten });
    client.stall();
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.resume();
    const seqs: unknown[] = [];
    while (seqs.length < RECORDED - forgotten) {
      const message = await client.next();
      seqs.push("seq" in message ? message.seq : message);
    }
    expect(seqs).toEqual(seqsTo(RECORDED).slice(forgotten));
    await client.close();
    expect(await daemon.stop()).toBe(0);
  }, 60_000);
});
