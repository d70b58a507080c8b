/** A DECTRIS detector over ZeroMQ's own library: both versions of its stream, broken messages, broken connections, back-pressure. */
import { describe, expect, onTestFinished, test } from "vitest";
import { Push } from "zeromq";
import { pixelHash } from "../../support/decode.js";
import { fromBase64, GOLDEN } from "../../support/detector-messages.js";
import { accountOf, cuttable, dectrisAt, orderOf, takeIn } from "../../support/detectors.js";
import { until } from "../../support/folder.js";
import { pause } from "../../support/waiting.js";

const { start, images, end, wrong } = GOLDEN.stream2;
const [START, END] = [fromBase64(start), fromBase64(end)];
const IMAGES = images.map(({ bytes }) => fromBase64(bytes));

/** The detector's end, as libzmq makes it. Closed after the test. */
async function detector(highWaterMark = 1_000) {
  const push = new Push({ sendHighWaterMark: highWaterMark, linger: 0 });
  await push.bind("tcp://127.0.0.1:*");
  onTestFinished(() => push.close());
  return { push, port: Number(/:(\d+)$/.exec(push.lastEndpoint ?? "")?.[1]) };
}

/** Images 0 to `count` - 1 of one series, all the first one but for its number. */
function series(count: number, first: Buffer = Buffer.from(IMAGES[0] ?? [])): readonly Buffer[] {
  const at = first.indexOf("image_id") + "image_id".length;
  return Array.from({ length: count }, (_, number) =>
    Buffer.concat([first.subarray(0, at), Buffer.of(0x19, number >> 8, number & 255), first.subarray(at + 1)]),
  );
}

/** An image with one field more than there are, of `bytes` bytes. */
function padded(image: Buffer, bytes: number): Buffer {
  const fields = image.indexOf("type") - 2;
  const head = Buffer.from(image.subarray(0, fields + 1));
  head[fields] = (head[fields] ?? 0) + 1;
  const length = Buffer.alloc(5, 0x5a);
  length.writeUInt32BE(bytes, 1);
  return Buffer.concat([
    head,
    image.subarray(fields + 1),
    Buffer.of(0x63),
    Buffer.from("pad"),
    length,
    Buffer.alloc(bytes),
  ]);
}

/** A series as version 2 sends it. */
async function sendSeries(push: Push) {
  for (const message of [START, ...IMAGES, END]) await push.send(message);
}

describe("version 2", () => {
  test.each([
    [null, 0],
    ["threshold_2", 1],
  ] as const)(
    "channel %s: images of every type and compression arrive in order, within their run",
    async (channel, i) => {
      const { push, port } = await detector();
      const source = dectrisAt(port, channel);
      const taken = await takeIn(source);
      await sendSeries(push);
      await until("the end of the series", () => taken.runs.length === 2 && accountOf(taken).inFlight === 0);
      expect(taken.frames.map(({ frame }) => pixelHash(frame.pixels))).toEqual(images.map(({ pixels }) => pixels[i]));
      expect(taken.frames.map(({ label }) => label)).toEqual(images.map(({ number }) => `series 7 #${number}`));
      expect(taken.runs).toEqual([
        { change: "start DECTRIS ARINA series 7", afterFrames: 0 },
        { change: "end", afterFrames: 12 },
      ]);
      expect(accountOf(taken)).toEqual({ seen: 12, committed: 12, rejected: 0, dropped: 0, inFlight: 0 });
      expect(source.health()).toEqual({ state: "ok", detail: "connected, waiting for the detector to begin" });
    },
  );

  test("an image has its size, time and exposure, and no pixel size: the sensor's is not the specimen's", async () => {
    const { push, port } = await detector();
    const taken = await takeIn(dectrisAt(port));
    await sendSeries(push);
    await until("all images", () => accountOf(taken).committed === 12);
    expect(taken.frames[3]?.frame).toMatchObject({
      widthPx: 48,
      heightPx: 32,
      pixelSizeNm: null,
      acquiredAtMs: Date.UTC(2023, 4, 17, 9, 30, 0, 253),
      exposureMs: 0.5,
    });
    expect(taken.frames[3]?.key).toBe("01GXYZ0000000000000000SRS7#3");
  });

  test("images without their start are a run all the same", async () => {
    const { push, port } = await detector();
    const taken = await takeIn(dectrisAt(port));
    for (const message of [...IMAGES.slice(5), END]) await push.send(message);
    await until("the end", () => taken.runs.length === 2);
    expect(taken.runs[0]).toEqual({ change: "start DECTRIS series 7", afterFrames: 0 });
    expect(accountOf(taken).seen).toBe(7);
  });

  test("a channel that the detector does not have is the reason of each rejection", async () => {
    const { push, port } = await detector();
    const taken = await takeIn(dectrisAt(port, "threshold_9"));
    await sendSeries(push);
    await until("all images", () => accountOf(taken).rejected === 12);
    expect(taken.rejections[0]?.detail).toContain("threshold_1, threshold_2");
  });
});

describe("what cannot be used", () => {
  test("is rejected where it is an image, counted where it is not, and the rest is taken", async () => {
    const { push, port } = await detector();
    const source = dectrisAt(port);
    const taken = await takeIn(source);
    const [first = START, second = START] = IMAGES;
    const broken = [
      Buffer.alloc(0),
      Buffer.from("{"),
      Buffer.from('{"htype":"dimage-1.0","series":1}'),
      first.subarray(0, 99),
    ];
    const others = [Buffer.of(0xa0), Buffer.from("a164747970656474656d70", "hex")];
    const bad = Object.values(wrong).map(fromBase64);
    for (const message of [START, first, ...bad, ...broken, ...others, second, END]) await push.send(message);
    await until("the end", () => taken.runs.length === 2 && accountOf(taken).inFlight === 0);
    expect(taken.frames.map(({ label }) => label)).toEqual(["series 7 #0", "series 7 #1"]);
    expect(taken.rejections.map(({ label, reason }) => [label, reason])).toEqual([
      ["series 7 #90", "unsupported"],
      ["series 7 #91", "unsupported"],
      ["series 7 #92", "corrupt"],
      ["series 7 #93", "corrupt"],
    ]);
    expect(source.health().state).toBe("degraded");
    expect(source.health().detail).toContain("6 of 12 frames of DECTRIS ARINA series 7 did not come");
    expect(source.health().detail).toContain("4 messages could not be used");
  });
});

describe("version 1", () => {
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  const golden = (name: string) => {
    const found = GOLDEN.compressed.find((entry) => entry.name === name);
    if (found === undefined) throw new Error(name);
    return { bytes: fromBase64(found.bytes), sha256: found.sha256 };
  };
  /** Bytes and shape of images, whose pixels are those of the compressed samples. */
  const parts = [
    { ...golden("bslz4 <u2 (96, 100)"), shape: [100, 96], type: "uint16", encoding: "bs16-lz4<" },
    { ...golden("bslz4 u1 (32, 48)"), shape: [48, 32], type: "uint8", encoding: "bs8-lz4<" },
    { ...golden("lz4 block, counts"), shape: [64, 64], type: "uint16", encoding: "lz4<" },
  ];
  const image = (frame: number, { shape, type, encoding, bytes }: (typeof parts)[number], hash = `${frame}`) => [
    json({ htype: "dimage-1.0", series: 34, frame, hash }),
    json({ htype: "dimage_d-1.0", shape, type, encoding, size: bytes.length }),
    bytes,
    json({ htype: "dconfig-1.0", start_time: 0, stop_time: 5e5, real_time: 5e5 }),
  ];
  const header = json({ htype: "dheader-1.0", series: 34, header_detail: "basic" });
  const config = json({
    description: "Dectris QUADRO",
    nimages: 3,
    ntrigger: 1,
    trigger_mode: "exts",
    bit_depth_image: 16,
  });
  const end1 = json({ htype: "dseries_end-1.0", series: 34 });

  test.each([
    ["in one message", [[header, config]]],
    ["in two", [[header], [config]]],
  ])("a series whose header comes %s arrives in order, within its run", async (_, headers) => {
    const { push, port } = await detector();
    const source = dectrisAt(port);
    const taken = await takeIn(source);
    for (const message of [[end1], ...headers, ...parts.map((part, i) => image(i, part)), [end1]])
      await push.send(message);
    await until("the end", () => taken.runs.length === 2 && accountOf(taken).inFlight === 0);
    expect(taken.frames.map(({ frame }) => pixelHash(frame.pixels))).toEqual(parts.map(({ sha256 }) => sha256));
    expect(taken.frames[0]?.frame).toMatchObject({ widthPx: 100, heightPx: 96, exposureMs: 0.5, acquiredAtMs: null });
    expect(taken.runs[0]?.change).toBe("start Dectris QUADRO series 34");
    expect(source.health().state).toBe("ok");
  });

  test("a series of the same number after the detector was switched on again is another one", async () => {
    const { push, port } = await detector();
    const taken = await takeIn(dectrisAt(port));
    for (const hash of ["a", "b"]) {
      await push.send([header, config]);
      for (const [i, part] of parts.entries()) await push.send(image(i, part, `${hash}${i}`));
      await push.send(end1);
    }
    await until("both", () => taken.runs.length === 4);
    expect(accountOf(taken).seen).toBe(6);
  });
});

describe("a connection that breaks ten times", () => {
  test("between images loses and doubles nothing", async () => {
    const { push, port } = await detector();
    const way = await cuttable(port);
    const source = dectrisAt(way.port);
    const taken = await takeIn(source);
    await push.send(START);
    for (const [number, message] of series(44).entries()) {
      await push.send(message);
      if (number % 4 !== 3) continue;
      await until(`image ${number}`, () => accountOf(taken).committed === number + 1);
      const before = way.connections();
      if (number < 40) way.cut();
      if (number < 40)
        await until(
          "a new connection",
          () => way.connections() > before && source.health().detail.startsWith("receiving"),
        );
    }
    await push.send(END);
    await until("the end", () => taken.runs.length === 2);
    expect(taken.frames.map(({ label }) => label)).toEqual(Array.from({ length: 44 }, (_, i) => `series 7 #${i}`));
    expect(accountOf(taken)).toEqual({ seen: 44, committed: 44, rejected: 0, dropped: 0, inFlight: 0 });
    expect(source.health().detail).toContain("connected 11 times");
  });

  test("within images keeps those that came whole, in order, and the detector's numbers tell what was lost", async () => {
    const { push, port } = await detector();
    const way = await cuttable(port);
    const source = dectrisAt(way.port);
    const taken = await takeIn(source);
    await push.send(START);
    for (const [number, message] of series(1_000).entries()) {
      await push.send(message);
      if (number % 50 !== 49 || number >= 500) continue;
      // What is on its way is lost.
      const before = way.connections();
      way.cut();
      await until(
        "a new connection",
        () => way.connections() > before && !source.health().detail.startsWith("not connected"),
      );
    }
    await push.send(END);
    await until("the last image", () => taken.frames.at(-1)?.label === "series 7 #999");
    const numbers = taken.frames.map(({ label }) => Number(label.split("#")[1]));
    const inBetween = Math.max(...numbers) - Math.min(...numbers) + 1 - numbers.length;
    expect(way.connections()).toBeGreaterThan(10);
    expect(orderOf(taken)).toEqual({ numbered: numbers.length, missing: inBetween, late: 0, repeated: 0 });
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(accountOf(taken)).toEqual({
      seen: numbers.length,
      committed: numbers.length,
      rejected: 0,
      dropped: 0,
      inFlight: 0,
    });
  });
});

test("a detector is held back while nobody takes its images", async () => {
  const { push, port } = await detector(8);
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const taken = await takeIn(dectrisAt(port), () => opened);
  // Each has half a megabyte: what the sockets of the system hold is some of them, 64 MB at most.
  const large = series(400, padded(Buffer.from(IMAGES[0] ?? []), 500_000));
  let sent = 0;
  const sending = (async () => {
    await push.send(START);
    for (; sent < 400; sent++) await push.send(large[sent] ?? "");
  })();
  let before = -1;
  await until("the detector to stand still", () => {
    const isStill = sent === before && sent > 8;
    before = sent;
    return isStill;
  });
  await pause(200);
  expect(sent).toBeLessThan(300);
  open();
  await sending;
  await until("all images", () => accountOf(taken).committed === 400);
  expect(accountOf(taken)).toMatchObject({ seen: 400, rejected: 0, dropped: 0 });
});
