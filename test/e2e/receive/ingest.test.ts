/** The built daemon and programs that hand it frames, over every carrier. */
import { cp, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { dialSocket, IngestSender } from "../../../src/stream/ingest/sender.js";
import type { IngestRefusal } from "../../../src/stream/protocol/ingest-messages.js";
import { startCli } from "../../support/cli-process.js";
import { type ReceiverProcess, startReceiver } from "../../support/daemon.js";
import { emptyFolder } from "../../support/folder.js";
import { HAS_PYTHON, sendFrames } from "../../support/python-sender.js";
import { readRecorded } from "../../support/recorded.js";
import { QUICK_FLAGS, smallFrames } from "../../support/small-frames.js";
import { connectClient } from "../../support/stream-client.js";

const SCENE = ["--particles", "6", "--edge-px", "96", "--field-of-view-nm", "192", "--size-nm", "20"];

async function started(addresses: readonly string[], flags: readonly string[] = []): Promise<ReceiverProcess> {
  const daemon = await startReceiver(addresses, [...QUICK_FLAGS, ...flags]);
  onTestFinished(() => void daemon.stop());
  return daemon;
}

function portOf(daemon: ReceiverProcess): number {
  return Number(/listening on 127\.0\.0\.1:(\d+)/.exec(daemon.out())?.[1]);
}

describe("simulate --to", { timeout: 120_000 }, () => {
  it("hands frames over TCP, a unix socket and WebSocket at once, and says how they ended", async () => {
    const socket = join(await emptyFolder(), "frames.sock");
    const daemon = await started(["tcp://127.0.0.1:0", `unix://${socket}`, "ws:///ingest"]);
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    const addresses = [
      `tcp://127.0.0.1:${portOf(daemon)}`,
      `unix://${socket}`,
      `${daemon.url.replace("http", "ws")}ingest`,
    ];
    const simulations = addresses.map((address) =>
      startCli(["simulate", "--to", address, "--frames", "40", "--distinct", "4", "--rate", "200", ...SCENE]),
    );
    expect(await Promise.all(simulations.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    for (const { out } of simulations) {
      expect(out()).toMatch(/^40 frames sent in .*: 40 acknowledged, 0 of them without a result; 1 connection; /);
    }
    const client = await connectClient(daemon.url, "msgpack");
    const events = await client.untilEvents(120);
    client.close();
    expect(events.every(({ op }) => op === "frame")).toBe(true);
    expect(await daemon.stop()).toBe(0);
    expect(daemon.log()).toContain("120 frames seen: 120 analysed");
  });

  it("says that nobody takes frames there", async () => {
    const cli = startCli(["simulate", "--to", "tcp://127.0.0.1:1"]);
    expect(await cli.ended).toBe(2);
    expect(cli.err()).toMatch(/nobody who takes frames there.*ECONNREFUSED/);
  });
});

describe("a sender of the built daemon", { timeout: 120_000 }, () => {
  it("announces files of a permitted folder, and none from outside is opened", async () => {
    const root = await smallFrames(await emptyFolder(), 2);
    const outside = await smallFrames(await emptyFolder(), 1);
    await mkdir(join(root, "sub"));
    await cp(join(root, "frame_000001.png"), join(root, "sub", "moved.png"));
    await writeFile(join(root, "half.png"), Buffer.from("89504e470d0a1a0a", "hex"));
    const daemon = await started(["tcp://127.0.0.1:0"], ["--announce-root", root, "--incomplete-timeout-ms", "300"]);
    const refused: IngestRefusal[] = [];
    const sender = await IngestSender.open({
      connect: () => dialSocket({ host: "127.0.0.1", port: portOf(daemon) }, "daemon"),
      stream: "share",
      onRefused: (refusal) => void refused.push(refusal),
    });
    const paths = ["frame_000001.png", "sub/moved.png", join(root, "frame_000002.png")];
    const wrong = [
      join(outside, "frame_000001.png"),
      `../${outside.split("/").at(-1)}/frame_000001.png`,
      "half.png",
      "none.png",
    ];
    for (const path of [...paths, ...wrong]) await sender.send({ op: "announce", path });
    await sender.settled();
    sender.close();
    expect(refused.map(({ number, reason }) => [number, reason])).toEqual([
      [4, "unsupported"],
      [5, "unsupported"],
      [6, "incomplete"],
      [7, "vanished"],
    ]);
    expect(await daemon.stop()).toBe(0);
    expect(daemon.log()).toContain("7 frames seen: 3 analysed, 4 rejected (unsupported 2, incomplete 1, vanished 1)");
  });

  it("begins and ends runs between its frames", async () => {
    const ledger = join(await emptyFolder(), "runs.ledger");
    const daemon = await started(["tcp://127.0.0.1:0"], ["--ledger", ledger]);
    const sender = await IngestSender.open({
      connect: () => dialSocket({ host: "127.0.0.1", port: portOf(daemon) }, "daemon"),
      stream: "cam",
    });
    const frame = () =>
      sender.send({ op: "frame", widthPx: 16, heightPx: 16, type: "u8" }, new Uint8Array(256).fill(9));
    await sender.send({ op: "beginRun", name: "first", notes: "cold" });
    for (let i = 0; i < 3; i++) await frame();
    await sender.send({ op: "beginRun", name: "second" });
    for (let i = 0; i < 2; i++) await frame();
    await sender.send({ op: "endRun" });
    await frame();
    await sender.settled();
    sender.close();
    expect(await daemon.stop()).toBe(0);
    const cli = startCli(["runs", "--ledger", ledger, "--json"]);
    await cli.ended;
    expect(JSON.parse(cli.out())).toMatchObject([
      {
        runs: [
          { name: "first", notes: "cold", firstSeq: 1, lastSeq: 3, endReason: "asked" },
          { name: "second", firstSeq: 4, lastSeq: 5, endReason: "asked" },
          { firstSeq: 6, lastSeq: 6, endReason: "stopped" },
        ],
      },
    ]);
    expect(readRecorded(ledger).frames).toHaveLength(6);
  });

  it.skipIf(!HAS_PYTHON)("is connected to where it listens, as soon as it does", async () => {
    const socket = join(await emptyFolder(), "detector.sock");
    const daemon = await started([`unix+connect://${socket}`]);
    expect(daemon.out()).toContain("it is tried again");
    const { printed } = await sendFrames([`unix+listen://${socket}`, "--frames", "20"]);
    expect(printed).toContain("20 sent, 20 settled, 0 refused, 1 connections");
  });

  it("from another machine needs the token, and a daemon for others does not start without one", async () => {
    const tokenFile = join(await emptyFolder(), "token");
    await writeFile(tokenFile, "0123456789abcdef\n");
    const without = startCli(["receive", "tcp://0.0.0.0:0", ...QUICK_FLAGS]);
    expect(await without.ended).toBe(2);
    expect(without.err()).toMatch(/no token/);
    const daemon = await started(["tcp://0.0.0.0:0"], ["--ingest-token-file", tokenFile]);
    const port = Number(/listening on 0\.0\.0\.0:(\d+)/.exec(daemon.out())?.[1]);
    const simulate = (...flags: readonly string[]) =>
      startCli(["simulate", "--to", `tcp://127.0.0.1:${port}`, "--frames", "2", ...SCENE, ...flags]);
    const refused = simulate();
    expect([await refused.ended, refused.err()]).toEqual([2, expect.stringMatching(/a hello without a token/)]);
    const taken = simulate("--token-file", tokenFile);
    expect([await taken.ended, taken.out()]).toEqual([0, expect.stringMatching(/2 acknowledged/)]);
  });
});
