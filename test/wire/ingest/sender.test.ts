/** The sender that `simulate --to` uses, over real sockets that break and daemons that come and go. */
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { dialSocket, IngestSender, IngestUnreachableError } from "../../../src/stream/ingest/sender.js";
import type { IngestRefusal } from "../../../src/stream/protocol/ingest-messages.js";
import { IngestError } from "../../../src/stream/protocol/ingest-messages.js";
import type { OfferedFrame } from "../../../src/stream/source/source.js";
import { brokenWay, type IngestRig, ingestRig } from "../../support/ingest.js";

const FRAME = { op: "frame", widthPx: 32, heightPx: 32, type: "u8" } as const;
const pixels = (level: number) => new Uint8Array(1024).fill(level);
const keys = (frames: readonly OfferedFrame[]) => frames.map(({ key }) => Number(key.split("/")[2]));
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

/** Settles each frame a little after it was offered, as a daemon that records does. */
function recording(rig: () => IngestRig, recorded: string[]) {
  return async ({ key }: OfferedFrame) => {
    setTimeout(() => {
      recorded.push(key);
      rig().source.settle(key, { kind: "committed" });
    }, 1);
  };
}

describe("a sender", () => {
  it("comes back after each break and loses and doubles nothing", async () => {
    const recorded: string[] = [];
    const rig: IngestRig = await ingestRig({ accept: recording(() => rig, recorded) });
    const way = await brokenWay(rig.where, { host: "127.0.0.1", port: 0 }, { everyBytes: 25_000, times: 10 });
    onTestFinished(() => way.close());
    const settled: number[] = [];
    const sender = await IngestSender.open({
      connect: () => dialSocket({ host: "127.0.0.1", port: way.port }, "way"),
      stream: "cam",
      onSettled: (number) => void settled.push(number),
    });
    for (const number of upTo(300)) await sender.send(FRAME, pixels(number));
    await sender.settled();
    sender.close();
    expect([way.cuts, sender.counts]).toEqual([10, { sent: 300, settled: 300, refused: 0, connections: 11 }]);
    expect(keys(rig.offered)).toEqual(upTo(300));
    expect(settled).toEqual(upTo(300));
    const levels = rig.offered.map(({ payload }) => ("bytes" in payload ? payload.bytes[1023] : null));
    expect(levels).toEqual(upTo(300).map((number) => number & 255));
  });

  it("goes on with the next daemon where the ledger ends", async () => {
    const recorded: string[] = [];
    let rig: IngestRig = await ingestRig({ accept: recording(() => rig, recorded) });
    const sender = await IngestSender.open({ connect: () => dialSocket(rig.where, "daemon"), stream: "cam" });
    for (const number of upTo(100)) await sender.send(FRAME, pixels(number));
    await expect.poll(() => recorded.length).toBeGreaterThan(20);
    await rig.source.close();
    // What was offered and not recorded dies with the first daemon.
    const before = [...recorded];
    const first = [...rig.offered];
    const second: string[] = [];
    rig = await ingestRig({ accept: recording(() => rig, second), lastRecorded: () => before.at(-1) });
    await sender.settled();
    sender.close();
    expect(keys(first)).toEqual(upTo(first.length));
    expect([...before, ...second].map((key) => Number(key.split("/")[2]))).toEqual(upTo(100));
  });

  it("waits above what it may keep", async () => {
    const rig = await ingestRig();
    const sender = await IngestSender.open({ connect: () => dialSocket(rig.where, "d"), stream: "cam", keptItems: 2 });
    await sender.send(FRAME, pixels(1));
    await sender.send(FRAME, pixels(2));
    let isSent = false;
    const third = sender.send(FRAME, pixels(3)).then(() => {
      isSent = true;
    });
    await expect.poll(() => rig.offered.length).toBe(2);
    expect(isSent).toBe(false);
    rig.source.settle(rig.offered[0]?.key ?? "", { kind: "committed" });
    await third;
    sender.close();
  });

  it("tells what gave no result", async () => {
    const rig = await ingestRig();
    const refused: IngestRefusal[] = [];
    const connect = () => dialSocket(rig.where, "d");
    const sender = await IngestSender.open({ connect, stream: "cam", onRefused: (one) => void refused.push(one) });
    await sender.send({ op: "announce", path: "/etc/passwd" });
    await sender.settled();
    expect(refused).toEqual([{ number: 1, kind: "rejected", reason: "unsupported" }]);
    expect(sender.counts).toMatchObject({ settled: 1, refused: 1 });
    sender.close();
  });

  it("fails where nobody listens, where it is refused, and where another program answers", async () => {
    const nobody = IngestSender.open({ connect: () => dialSocket({ host: "127.0.0.1", port: 1 }, "d"), stream: "cam" });
    await expect(nobody).rejects.toBeInstanceOf(IngestUnreachableError);
    const rig = await ingestRig({ readToken: async () => "0123456789abcdef" });
    const refused = IngestSender.open({ connect: () => dialSocket(rig.where, "d"), stream: "cam" });
    await expect(refused).rejects.toMatchObject({ reason: "unauthorised" });
    const other = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const wrong = IngestSender.open({ connect: () => dialSocket({ host: "127.0.0.1", port }, "d"), stream: "cam" });
    await expect(wrong).rejects.toBeInstanceOf(IngestError);
  });
});
