/** A Merlin over real sockets: every kind of frame, broken messages, broken connections, back-pressure, the control port. */
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../src/stream/flow/clock.js";
import { createMerlinSource, type MerlinSourceOptions } from "../../../src/stream/source/merlin/merlin-source.js";
import { pixelHash } from "../../support/decode.js";
import { merlinFrame, merlinHdr, mpx } from "../../support/detector-messages.js";
import { accountOf, listen, orderOf, takeIn } from "../../support/detectors.js";
import { until } from "../../support/folder.js";
import { pause } from "../../support/waiting.js";

const FIXTURES = new URL("../../unit/decode/fixtures/instruments/", import.meta.url);

function merlinAt(port: number, options: Partial<MerlinSourceOptions> = {}) {
  return createMerlinSource({
    name: `merlin://127.0.0.1:${port}`,
    address: { host: "127.0.0.1", port },
    controlPort: null,
    start: null,
    clock: systemClock,
    retryMs: { first: 5, longest: 40 },
    ...options,
  });
}

const frames = (from: number, to: number) =>
  Buffer.concat(Array.from({ length: to - from + 1 }, (_, i) => merlinFrame(from + i)));
const levels = (taken: { frames: readonly { frame: { pixels: ArrayLike<number> } }[] }) =>
  taken.frames.map(({ frame }) => frame.pixels[0]);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => (i + 1) % 256);

/** Frames as an independent program wrote them into files, numbered through, and what independent readers make of them. */
function fixtureFrames() {
  const expected: readonly { file: string; page: number; pages: number; sha256?: string }[] = JSON.parse(
    readFileSync(new URL("expected.json", FIXTURES), "utf8"),
  );
  return expected
    .filter(({ file, sha256 }) => file.endsWith(".mib") && sha256 !== undefined)
    .map(({ file, page, pages, sha256 }, i) => {
      const bytes = readFileSync(new URL(file, FIXTURES));
      const size = bytes.length / pages;
      const body = Buffer.from(bytes.subarray(page * size, (page + 1) * size));
      body.write(String(i + 1).padStart(6, "0"), "MQ1,".length);
      return { sha256, body };
    });
}

describe("frames", () => {
  test("of every depth, raw and of four chips have the pixels that independent readers find", async () => {
    const cases = fixtureFrames();
    const port = await listen((socket) => {
      socket.write(Buffer.concat([merlinHdr(0), ...cases.map(({ body }) => mpx(body))]));
    });
    const taken = await takeIn(merlinAt(port));
    await until("all frames", () => accountOf(taken).committed === cases.length);
    expect(cases.length).toBe(13);
    expect(taken.frames.map(({ frame }) => pixelHash(frame.pixels))).toEqual(cases.map(({ sha256 }) => sha256));
  });

  test("arrive in order and complete, whatever pieces the network makes of them", async () => {
    const stream = Buffer.concat([merlinHdr(9), frames(1, 9)]);
    const port = await listen(async (socket) => {
      socket.setNoDelay(true);
      for (let at = 0; at < stream.length; at += 977) {
        socket.write(stream.subarray(at, at + 977));
        await pause(0);
      }
    });
    const taken = await takeIn(merlinAt(port));
    await until("9 frames", () => accountOf(taken).committed === 9);
    expect(levels(taken)).toEqual(upTo(9));
    expect(accountOf(taken)).toEqual({ seen: 9, committed: 9, rejected: 0, dropped: 0, inFlight: 0 });
    expect(taken.frames[2]?.frame).toMatchObject({ widthPx: 64, heightPx: 64, exposureMs: 1, pixelSizeNm: null });
    expect(taken.frames[2]?.label).toBe("18/05/2020 16:51:48 #3");
  });
});

describe("runs", () => {
  test("begin with the header of an acquisition and end with its last frame", async () => {
    const port = await listen((socket) => {
      socket.write(Buffer.concat([merlinHdr(3, "first"), frames(1, 3), merlinHdr(2, "second"), frames(4, 5)]));
    });
    const taken = await takeIn(merlinAt(port));
    await until("the end of both", () => taken.runs.length === 4);
    expect(taken.runs).toEqual([
      { change: "start Merlin first", afterFrames: 0 },
      { change: "end", afterFrames: 3 },
      { change: "start Merlin second", afterFrames: 3 },
      { change: "end", afterFrames: 5 },
    ]);
  });

  test("go on when the same header comes again", async () => {
    const port = await listen((socket) => {
      socket.write(Buffer.concat([merlinHdr(0), frames(1, 3), merlinHdr(0), frames(4, 5)]));
    });
    const taken = await takeIn(merlinAt(port));
    await until("5 frames", () => accountOf(taken).committed === 5);
    expect(taken.runs).toEqual([{ change: "start Merlin 18/05/2020 16:51:48", afterFrames: 0 }]);
  });
});

describe("what cannot be used", () => {
  test("is passed over where it is no message, and said", async () => {
    const garbage = Buffer.from("GARBAGEGARBAGEMPX,12,MPX,0000000000,MPX,9999999999,".repeat(700));
    const port = await listen((socket) => {
      socket.write(Buffer.concat([garbage, merlinHdr(2), merlinFrame(1), garbage.subarray(7), merlinFrame(2)]));
    });
    const source = merlinAt(port);
    const taken = await takeIn(source);
    await until("2 frames", () => accountOf(taken).committed === 2);
    expect(levels(taken)).toEqual([1, 2]);
    expect(source.health()).toMatchObject({
      state: "degraded",
      detail: expect.stringContaining(`2 messages could not be used, the last: ${garbage.length - 7} bytes`),
    });
  });

  test("is rejected where it is a frame, and the next one is taken", async () => {
    const port = await listen((socket) => {
      socket.write(
        Buffer.concat([
          merlinHdr(5),
          merlinFrame(1),
          merlinFrame(2, 2, { type: "Z99" }),
          merlinFrame(3, 3, { more: 1 }),
          mpx("MQ1,000004,no header at all"),
          mpx("XYZ,nothing that is known"),
          merlinFrame(5),
        ]),
      );
    });
    const source = merlinAt(port);
    const taken = await takeIn(source);
    await until("the last frame", () => accountOf(taken).seen === 4 && accountOf(taken).inFlight === 0);
    expect(levels(taken)).toEqual([1, 5]);
    expect(taken.rejections.map(({ label, reason }) => [label, reason])).toEqual([
      ["18/05/2020 16:51:48 #2", "unsupported"],
      ["18/05/2020 16:51:48 #3", "corrupt"],
    ]);
    expect(source.health().detail).toContain("1 of 5 frames of the acquisition of 18/05/2020 16:51:48 did not come");
    expect(source.health().detail).toContain("2 messages could not be used");
  });
});

describe("a connection that breaks ten times", () => {
  const TOTAL = 60;
  const stream = Buffer.concat([merlinHdr(TOTAL), frames(1, TOTAL)]);

  test("loses and doubles nothing where the detector sends the acquisition again", async () => {
    const port = await listen((socket, connection) => {
      if (connection === 10) socket.write(stream);
      else cutAfter(socket, stream.subarray(0, Math.floor((stream.length * (connection + 1)) / 11) + 17 * connection));
    });
    const source = merlinAt(port);
    const taken = await takeIn(source);
    await until("all frames", () => accountOf(taken).committed === TOTAL);
    expect(levels(taken)).toEqual(upTo(TOTAL));
    expect(accountOf(taken)).toEqual({ seen: TOTAL, committed: TOTAL, rejected: 0, dropped: 0, inFlight: 0 });
    expect(taken.runs.filter(({ change }) => change !== "end")).toHaveLength(1);
    expect(orderOf(taken)).toMatchObject({ missing: 0, late: 0 });
    expect(orderOf(taken)?.repeated).toBeGreaterThan(100);
    expect(source.health().detail).toContain("connected 11 times");
  });

  test("takes every frame that came whole, in order, where the detector goes on", async () => {
    const sizes = merlinFrame(1).length;
    const port = await listen((socket, connection) => {
      const from = connection * 6;
      if (connection === 9) socket.write(frames(from + 1, TOTAL));
      // Half a frame is lost each time.
      else
        cutAfter(
          socket,
          Buffer.concat([
            connection === 0 ? merlinHdr(TOTAL) : Buffer.alloc(0),
            frames(from + 1, from + 6).subarray(0, 5.5 * sizes),
          ]),
        );
    });
    const source = merlinAt(port);
    const taken = await takeIn(source);
    await until("the last frame", () => levels(taken).at(-1) === TOTAL);
    expect(levels(taken)).toEqual(upTo(TOTAL).filter((number) => number % 6 !== 0 || number > 54));
    expect(orderOf(taken)).toEqual({ numbered: TOTAL - 9, missing: 9, late: 0, repeated: 0 });
    expect(accountOf(taken)).toMatchObject({ seen: TOTAL - 9, committed: TOTAL - 9, inFlight: 0 });
    expect(source.health().detail).toContain(`9 of ${TOTAL} frames of the acquisition`);
  });

  function cutAfter(socket: Socket, bytes: Uint8Array): void {
    socket.write(bytes, () => socket.end());
  }
});

test("a detector that is not there is waited for", async () => {
  const port = await listen((socket, connection) => {
    if (connection < 3) socket.destroy();
    else socket.write(Buffer.concat([merlinHdr(1), merlinFrame(1)]));
  });
  const source = merlinAt(port);
  expect(source.health()).toEqual({ state: "degraded", detail: `not connected to 127.0.0.1:${port}; trying` });
  const taken = await takeIn(source);
  await until("the frame", () => accountOf(taken).committed === 1);
});

test("a detector is held back while nobody takes its frames", async () => {
  let sent = 0;
  const port = await listen((socket) => {
    socket.write(merlinHdr(0));
    const send = (number: number): void => {
      if (number > 20_000 || socket.destroyed) return;
      socket.write(merlinFrame(number), () => {
        sent = number;
        send(number + 1);
      });
    };
    send(1);
  });
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const taken = await takeIn(merlinAt(port), () => opened);
  await until("something", () => accountOf(taken).seen > 0);
  let before = -1;
  await until("the detector to stand still", () => {
    const isStill = sent === before;
    before = sent;
    return isStill && sent > 0;
  });
  await pause(100);
  expect(sent).toBeLessThan(10_000);
  // The queue of 4, and one that waits at its door.
  expect(accountOf(taken).seen).toBe(5);
  open();
  await until("the rest", () => accountOf(taken).committed > 5_000);
  expect(levels(taken)).toEqual(upTo(levels(taken).length));
});

describe("the control port", () => {
  const ANSWERS: Readonly<Record<string, string>> = {
    "GET,DETECTORSTATUS": "GET,DETECTORSTATUS,1,0",
    "GET,NUMFRAMESTOACQUIRE": "GET,NUMFRAMESTOACQUIRE,100,0",
    "GET,COUNTERDEPTH": "GET,COUNTERDEPTH,undef,0",
    "CMD,STARTACQUISITION": "CMD,STARTACQUISITION,0",
    "CMD,SOFTTRIGGER": "CMD,SOFTTRIGGER,0",
  };

  /** A control port that answers, and what it was asked. */
  async function control(answer: (command: string) => string | undefined = (command) => ANSWERS[command]) {
    const asked: string[] = [];
    const port = await listen((socket) => {
      socket.on("data", (data) => {
        const command = data.toString("latin1").slice(15);
        asked.push(command);
        const text = answer(command);
        if (text !== undefined) socket.write(mpx(text));
      });
    });
    return { port, asked };
  }

  test("is asked what the detector is set to; nothing is started unless it is wanted", async () => {
    const { port: controlPort, asked } = await control();
    const source = merlinAt(await listen(() => undefined), { controlPort });
    await takeIn(source);
    await until("the answers", () => source.health().detail.includes("detector busy, 100 frames to acquire"));
    expect(asked).toEqual(["GET,DETECTORSTATUS", "GET,NUMFRAMESTOACQUIRE", "GET,COUNTERDEPTH"]);
  });

  test("starts one acquisition, however often the connection breaks", async () => {
    const { port: controlPort, asked } = await control();
    let connections = 0;
    const port = await listen((socket, connection) => {
      connections = connection + 1;
      if (connection < 4) setTimeout(() => socket.destroy(), 60);
    });
    await takeIn(merlinAt(port, { controlPort, start: "soft-trigger" }));
    await until("5 connections", () => connections === 5);
    expect(asked.filter((command) => command.startsWith("CMD"))).toEqual(["CMD,STARTACQUISITION", "CMD,SOFTTRIGGER"]);
  });

  test.each([
    [
      "refuses",
      (command: string) => (command.startsWith("CMD") ? `${command},1` : ANSWERS[command]),
      "the detector is busy to CMD,STARTACQUISITION",
    ],
    ["answers nonsense", () => "?", "answer undefined"],
    ["does not answer", () => undefined, "no answer in 2000 ms"],
  ])("that %s is said, and frames are taken all the same", async (_, answer, text) => {
    const { port: controlPort } = await control(answer);
    const port = await listen((socket) => socket.write(Buffer.concat([merlinHdr(1), merlinFrame(1)])));
    const source = merlinAt(port, { controlPort, start: "acquisition" });
    const taken = await takeIn(source);
    await until("what went wrong", () => source.health().detail.includes(text));
    expect(accountOf(taken).committed).toBe(1);
  });
});
