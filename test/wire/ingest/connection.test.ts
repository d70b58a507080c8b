/** A sender at a real socket: what it is answered, and what ends its connection. */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { UnixMs } from "../../../src/stream/base/units.js";
import { encodeIngest } from "../../../src/stream/protocol/ingest-codec.js";
import type { IngestErrorReason, ReceiverMessage } from "../../../src/stream/protocol/ingest-messages.js";
import { INGEST_ERROR_REASONS, INGEST_LIMITS } from "../../../src/stream/protocol/ingest-messages.js";
import { ingestRig, type RawSender, rawSender, sentMessage, smallFrame } from "../../support/ingest.js";

const HELLO = { op: "hello", stream: "cam", session: "s" } as const;
const isSettled = (through: number) => (message: ReceiverMessage) =>
  message.op === "progress" && message.settledThrough >= through;

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy.set([value], at < 0 ? copy.length + at : at);
  return copy;
}

/** A header of any text, as a message with the right checksums. */
function withHeader(text: string): Uint8Array {
  const header = Buffer.from(text);
  const bytes = Buffer.concat([encodeIngest(HELLO, crc32).subarray(0, 24), header]);
  bytes.writeUInt32LE(header.length, 8);
  bytes.writeUInt32LE(crc32(header, crc32(bytes.subarray(0, 16))), 16);
  return bytes;
}

const frame = sentMessage(...smallFrame(1)).bytes;
const hello = sentMessage(HELLO).bytes;

/** What ends a connection, after hello where `greets` says so. */
const FAULTS: readonly [IngestErrorReason, string, boolean, Uint8Array][] = [
  ["not-ingest", "a browser", false, Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  ["not-ingest", "random bytes", false, Uint8Array.of(1, ...randomBytes(5_000))],
  ["not-ingest", "bytes between messages", true, Uint8Array.of(0, ...frame)],
  ["version", "another version", false, changed(hello, 4, 2)],
  ["malformed", "a reserved bit", false, changed(hello, 6, 1)],
  ["too-large", "a header of 4 GB", false, changed(hello, 11, 255)],
  ["too-large", "a payload of 4 GB", true, changed(frame, 15, 255)],
  ["checksum", "a changed header", false, changed(hello, -2, 33)],
  ["checksum", "a changed payload", true, changed(frame, -1, 99)],
  ["malformed", "a header that is no JSON", false, withHeader("{")],
  ["malformed", "a header that is no UTF-8", false, withHeader("\ud800")],
  ["malformed", "a list", false, withHeader("[1]")],
  ["malformed", "a message of no known kind", true, withHeader('{"op":"bye"}')],
  ["malformed", "a field that is not known", true, withHeader('{"op":"endRun","number":1,"why":1}')],
  ["malformed", "a payload where none belongs", true, sentMessage({ op: "endRun", number: 1 }, Uint8Array.of(1)).bytes],
  ["malformed", "a second hello", true, hello],
  ["no-hello", "a frame first", false, frame],
  ["out-of-order", "a number left out", true, sentMessage(...smallFrame(2)).bytes],
  ["window", "a number far ahead", true, sentMessage(...smallFrame(INGEST_LIMITS.window + 1)).bytes],
];

describe("a connection ends with one typed error, and the source goes on, at", () => {
  it.each(FAULTS)("%s: %s", async (reason, _, greets, bytes) => {
    const rig = await ingestRig();
    const sender = greets ? await rig.greeted() : await rawSender(rig.where);
    sender.sendBytes(bytes);
    const errors = (await sender.ended).filter(({ op }) => op === "error");
    expect(errors).toMatchObject([{ reason }]);
    expect(Object.values(errors[0] ?? {}).every((text) => text !== "")).toBe(true);
    const next = await rig.greeted({ session: "next" });
    next.send(...smallFrame(1));
    await expect.poll(() => rig.offered.length).toBe(1);
    expect(rig.offered[0]).toMatchObject({ key: "cam/next/000000000001", label: "cam#1" });
    next.socket.destroy();
  });

  it("replaced: another connection of its session", async () => {
    const rig = await ingestRig();
    const first = await rig.greeted();
    const second = await rig.greeted();
    expect((await first.ended).at(-1)).toMatchObject({ op: "error", reason: "replaced" });
    second.send(...smallFrame(1));
    await expect.poll(() => rig.offered.length).toBe(1);
  });

  it("unauthorised: no token, or another", async () => {
    const rig = await ingestRig({ readToken: async () => "0123456789abcdef" });
    for (const token of [{}, { token: "0123456789abcdeX" }, { token: "0" }]) {
      const sender = await rawSender(rig.where);
      sender.send({ ...HELLO, ...token });
      expect(await sender.ended).toMatchObject([{ op: "error", reason: "unauthorised" }]);
    }
    await rig.greeted({ token: "0123456789abcdef" });
  });

  it("busy: more senders than there may be", async () => {
    const rig = await ingestRig();
    const senders: RawSender[] = [];
    for (let i = 0; i < INGEST_LIMITS.senders; i++) senders.push(await rig.greeted({ session: `s${i}` }));
    const more = await rawSender(rig.where);
    expect(await more.ended).toMatchObject([{ op: "error", reason: "busy" }]);
    for (const { socket } of senders) socket.destroy();
  });

  it("stopping: the daemon ends", async () => {
    const rig = await ingestRig();
    const sender = await rig.greeted();
    await rig.source.close();
    expect((await sender.ended).at(-1)).toMatchObject({ op: "error", reason: "stopping" });
  });

  it("every reason there is", () => {
    const tested = [...FAULTS.map(([reason]) => reason), "replaced", "unauthorised", "busy", "stopping"];
    expect([...new Set(tested)].sort()).toEqual([...INGEST_ERROR_REASONS].sort());
  });
});

describe("a sender", () => {
  it("learns that an item is settled when its frame has ended, and how, in the order of the numbers", async () => {
    const rig = await ingestRig();
    const sender = await rig.greeted();
    for (const number of [1, 2, 3]) sender.send(...smallFrame(number));
    await expect.poll(() => rig.offered.length).toBe(3);
    rig.source.settle("cam/s/000000000002", { kind: "rejected", reason: "corrupt" });
    await sender.until((message) => message.op === "progress" && message.takenThrough === 3);
    expect(sender.heard.some(isSettled(1))).toBe(false);
    rig.source.settle("cam/s/000000000001", { kind: "committed" });
    await sender.until(isSettled(2));
    rig.source.settle("cam/s/000000000003", { kind: "dropped", cause: "intake/latest" });
    await sender.until(isSettled(3));
    const refused = sender.heard.flatMap((message) => (message.op === "progress" ? message.refused : []));
    expect(refused).toEqual([
      { number: 2, kind: "rejected", reason: "corrupt" },
      { number: 3, kind: "dropped", reason: "intake/latest" },
    ]);
  });

  it("is told nothing of a frame that the daemon could not finish before it ended", async () => {
    const rig = await ingestRig();
    const sender = await rig.greeted();
    sender.send(...smallFrame(1));
    await expect.poll(() => rig.offered.length).toBe(1);
    rig.source.settle("cam/s/000000000001", { kind: "dropped", cause: "intake/shutdown" });
    const again = await rig.greeted();
    expect(again.heard[0]).toMatchObject({ settledThrough: 0, takenThrough: 1 });
  });

  it("that comes back learns what is settled and what is taken, and what it sends twice is taken once", async () => {
    const rig = await ingestRig();
    const first = await rig.greeted();
    for (const number of [1, 2, 3]) first.send(...smallFrame(number));
    await expect.poll(() => rig.offered.length).toBe(3);
    rig.source.settle("cam/s/000000000001", { kind: "committed" });
    first.socket.destroy();
    const second = await rig.greeted();
    expect(second.heard[0]).toMatchObject({ op: "welcome", settledThrough: 1, takenThrough: 3 });
    for (const number of [2, 3, 4]) second.send(...smallFrame(number));
    await expect.poll(() => rig.offered.length).toBe(4);
    for (const number of [2, 3, 4]) rig.source.settle(`cam/s/00000000000${number}`, { kind: "committed" });
    await second.until(isSettled(4));
  });

  it("goes on where the ledger says, and where it says itself without one", async () => {
    const recorded = new Map([
      ["cam/old/", "cam/old/000000000041"],
      ["cam/pages/", "cam/pages/000000000041#6"],
    ]);
    const rig = await ingestRig({ lastRecorded: (prefix) => recorded.get(prefix) });
    const stateOf = async (session: string, firstNumber: number) => {
      const sender = await rig.greeted({ session, firstNumber });
      sender.socket.destroy();
      return sender.heard[0];
    };
    expect(await stateOf("old", 1)).toMatchObject({ settledThrough: 41, takenThrough: 41 });
    // Of an announced file some frames may be missing.
    expect(await stateOf("pages", 1)).toMatchObject({ settledThrough: 40, takenThrough: 40 });
    expect(await stateOf("new", 1)).toMatchObject({ settledThrough: 0, takenThrough: 0 });
    expect(await stateOf("unrecorded", 18)).toMatchObject({ settledThrough: 17, takenThrough: 17 });
    expect(await stateOf("unrecorded", 30)).toMatchObject({ settledThrough: 29, takenThrough: 29 });
  });

  it("has to wait while there is no room, and is not told to go on", async () => {
    let makeRoom = (): void => undefined;
    const rig = await ingestRig({ accept: () => new Promise((resolve) => (makeRoom = resolve)) });
    const sender = await rig.greeted();
    for (let number = 1; number <= INGEST_LIMITS.window; number++) sender.send(...smallFrame(number));
    await expect.poll(() => rig.offered.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([rig.offered.length, sender.heard.length]).toEqual([1, 1]);
    for (let number = 1; number <= INGEST_LIMITS.window; number++) {
      makeRoom();
      await expect.poll(() => rig.offered.length).toBe(Math.min(INGEST_LIMITS.window, number + 1));
    }
    await sender.until((message) => message.op === "progress" && message.takenThrough === INGEST_LIMITS.window);
    expect(rig.offered.map(({ label }) => label)).toEqual(rig.offered.map((_, i) => `cam#${i + 1}`));
  });

  it("begins and ends runs between its frames", async () => {
    const rig = await ingestRig();
    const sender = await rig.greeted();
    sender.send({ op: "beginRun", number: 1, name: "heating" });
    sender.send(...smallFrame(2));
    sender.send({ op: "endRun", number: 3 });
    await expect.poll(() => rig.runs).toEqual(["begin heating", "end"]);
    rig.source.settle("cam/s/000000000002", { kind: "committed" });
    await sender.until(isSettled(3));
  });

  it("gives what it knows of a frame", async () => {
    const rig = await ingestRig();
    const sender = await rig.greeted();
    const stated = { pixelSizeNm: 0.5, acquiredAtMs: 1_700_000_000_000, exposureMs: 20 } as const;
    const pixels = Uint8Array.of(0, 1, 0, 2);
    sender.send(
      {
        op: "frame",
        number: 1,
        label: "gold",
        widthPx: 2,
        heightPx: 1,
        type: "u16",
        byteOrder: "big",
        sequence: 9,
        ...stated,
      },
      pixels,
    );
    sender.send({ op: "file", number: 2 }, Uint8Array.of(1, 2, 3));
    await expect.poll(() => rig.offered.length).toBe(2);
    expect(rig.offered).toMatchObject([
      {
        label: "gold",
        sender: { stream: "cam/s/", number: 9 },
        payload: { kind: "pixels", widthPx: 2, heightPx: 1, type: "u16", byteOrder: "big", ...stated },
      },
      { label: "cam#2", payload: { kind: "bytes" } },
    ]);
    const bytesOf = rig.offered.map(({ payload }) => ("bytes" in payload ? [...payload.bytes] : []));
    expect(bytesOf).toEqual([
      [0, 1, 0, 2],
      [1, 2, 3],
    ]);
  });

  it("has an announced file taken frame by frame, and settled with the last of them", async () => {
    const fingerprint = { sizeBytes: 1, modifiedAtMs: 1 as UnixMs, inode: 1 };
    const rig = await ingestRig({ openAnnounced: async (path) => ({ path: `/share/${path}`, fingerprint, pages: 3 }) });
    const sender = await rig.greeted();
    sender.send({ op: "announce", number: 1, path: "movie.mrc" });
    sender.send(...smallFrame(2));
    await expect.poll(() => rig.offered.length).toBe(4);
    expect(rig.offered.map(({ key, label }) => [key, label])).toEqual([
      ["cam/s/000000000001#0", "movie.mrc#1"],
      ["cam/s/000000000001#1", "movie.mrc#2"],
      ["cam/s/000000000001#2", "movie.mrc#3"],
      ["cam/s/000000000002", "cam#2"],
    ]);
    for (const { key } of rig.offered.toReversed().slice(0, 3)) rig.source.settle(key, { kind: "committed" });
    await sender.until((message) => message.op === "progress" && message.takenThrough === 2);
    expect(sender.heard.some(isSettled(1))).toBe(false);
    rig.source.settle("cam/s/000000000001#0", { kind: "rejected", reason: "corrupt" });
    await sender.until(isSettled(2));
    expect(sender.heard.flatMap((message) => (message.op === "progress" ? message.refused : []))).toEqual([
      { number: 1, kind: "rejected", reason: "corrupt" },
    ]);
  });

  it("has its announcements refused where no folder is permitted", async () => {
    const rig = await ingestRig();
    const sender = await rig.greeted();
    sender.send({ op: "announce", number: 1, path: "/etc/passwd" });
    await sender.until(isSettled(1));
    expect(rig.rejected.map(({ reason }) => reason)).toEqual(["unsupported"]);
  });
});
