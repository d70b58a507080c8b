/** A script that a user could have written, against the built daemon, over connections that break. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startReceiver } from "../../support/daemon.js";
import { emptyFolder } from "../../support/folder.js";
import { brokenWay } from "../../support/ingest.js";
import { DISCS, HAS_PYTHON, MESSAGE_BYTES, sendFrames } from "../../support/python-sender.js";
import { readRecorded } from "../../support/recorded.js";
import { QUICK_FLAGS } from "../../support/small-frames.js";
import { connectClient } from "../../support/stream-client.js";

const FRAMES = 500;
const CUTS = { everyBytes: (FRAMES * MESSAGE_BYTES) / 12, times: 10 };
const labels = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => `example#${first + i}`);

describe.skipIf(!HAS_PYTHON)("the Python sender", { timeout: 240_000 }, () => {
  it.each(["tcp", "unix"])("over %s that is cut ten times: all frames, in order, analysed once each", async (kind) => {
    const dir = await emptyFolder();
    const socket = join(dir, "frames.sock");
    const daemon = await startReceiver([kind === "tcp" ? "tcp://127.0.0.1:0" : `unix://${socket}`], QUICK_FLAGS);
    onTestFinished(() => void daemon.stop());
    const port = Number(/listening on 127\.0\.0\.1:(\d+)/.exec(daemon.out())?.[1]);
    const broken = join(dir, "broken.sock");
    const way =
      kind === "tcp"
        ? await brokenWay({ host: "127.0.0.1", port }, { host: "127.0.0.1", port: 0 }, CUTS)
        : await brokenWay({ path: socket }, { path: broken }, CUTS);
    onTestFinished(() => way.close());
    const client = await connectClient(daemon.url, "msgpack");
    const address = kind === "tcp" ? `tcp://127.0.0.1:${way.port}` : `unix://${broken}`;
    const { code, printed } = await sendFrames([address, "--frames", String(FRAMES)]);
    expect(printed).toContain(`${FRAMES} sent, ${FRAMES} settled, 0 refused, 11 connections`);
    expect([code, way.cuts]).toEqual([0, 10]);
    const events = await client.untilEvents(FRAMES);
    client.close();
    expect(events.map(({ label }) => label)).toEqual(labels(1, FRAMES));
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    const counts = events.map((event) => (event.op === "frame" ? event.statistics.count : event));
    expect(new Set(counts)).toEqual(new Set([DISCS]));
    expect(await daemon.stop()).toBe(0);
    expect(daemon.log()).toContain(`${FRAMES} frames seen: ${FRAMES} analysed, 0 rejected, 0 dropped`);
  });

  it("goes on with a daemon that was killed and started again on its ledger: nothing lost, nothing twice, in its run", async () => {
    const dir = await emptyFolder();
    const address = `unix://${join(dir, "frames.sock")}`;
    const ledger = join(dir, "frames.ledger");
    const start = () => startReceiver([address], [...QUICK_FLAGS, "--ledger", ledger]);
    let daemon = await start();
    onTestFinished(() => void daemon.stop());
    const sent = sendFrames([address, "--frames", String(FRAMES), "--run", "heating"]);
    for (let killed = 1; killed <= 3; killed++) {
      const client = await connectClient(daemon.url, "msgpack");
      await client.untilEvents(killed * 100);
      daemon.process.kill("SIGKILL");
      await daemon.ended;
      client.close();
      daemon = await start();
    }
    expect(await sent).toEqual({ code: 0, printed: `502 sent, 502 settled, 0 refused, 4 connections\n` });
    expect(await daemon.stop()).toBe(0);
    const { frames, seqs, runs } = readRecorded(ledger);
    // The run's own items are numbered too: the first frame is item 2.
    const byNumber = frames.toSorted((a, b) => numberOf(a.label) - numberOf(b.label));
    expect(byNumber.map(({ label }) => label)).toEqual(labels(2, FRAMES + 1));
    expect(new Set(frames.map(({ outcome, particles }) => `${outcome} ${particles}`))).toEqual(
      new Set([`committed ${DISCS}`]),
    );
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    expect([seqs.length, runs]).toEqual([FRAMES, 1]);
  });

  it("that is started again itself, with its session, leaves out what is recorded", async () => {
    const dir = await emptyFolder();
    const address = `unix://${join(dir, "frames.sock")}`;
    const daemon = await startReceiver([address], QUICK_FLAGS);
    onTestFinished(() => void daemon.stop());
    await sendFrames([address, "--frames", "20", "--session", "series-1"]);
    const { printed } = await sendFrames([address, "--frames", "50", "--session", "series-1"]);
    expect(printed).toContain("50 sent, 50 settled, 0 refused, 1 connections");
    expect(await daemon.stop()).toBe(0);
    expect(daemon.log()).toContain("50 frames seen: 50 analysed");
  });
});

const numberOf = (label: string) => Number(label.split("#")[1]);
