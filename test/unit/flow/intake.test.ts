import { describe, expect, it } from "vitest";
import { isConserved } from "../../../src/stream/base/accounting.js";
import type { Cadence } from "../../../src/stream/base/cadence.js";
import type { MonotonicMs, UnixMs } from "../../../src/stream/base/units.js";
import type { EarlyEnd, SequencedFrame } from "../../../src/stream/flow/intake.js";
import { Intake } from "../../../src/stream/flow/intake.js";
import type { OfferedFrame } from "../../../src/stream/source/source.js";
import { offeredFrame, ScriptedSource } from "../../support/frames.js";

/** A frame of which its sender has said the number. */
function numberedFrame(number: number): OfferedFrame {
  const frame = offeredFrame(number);
  const size = { widthPx: 1, heightPx: 1, type: "u8", byteOrder: "little" } as const;
  const stated = { pixelSizeNm: null, acquiredAtMs: null, exposureMs: null };
  return {
    ...frame,
    payload: { kind: "pixels", ...size, ...stated, bytes: Uint8Array.of(number) },
    sender: { stream: "camera", number },
  };
}

/** Intake with a clock that the test moves, whose dropped frames end at once. */
function intakeWith(cadence: Cadence, items = 3) {
  let nowMs = 0;
  const dropped: { readonly seq: number; readonly cause: string }[] = [];
  const early: SequencedFrame[] = [];
  const clock = { unixMs: () => nowMs as UnixMs, monotonicMs: () => nowMs as MonotonicMs };
  const onEarlyEnd = (frame: SequencedFrame, end: EarlyEnd) => {
    if (end.kind !== "dropped") throw new Error("nothing is rejected here");
    dropped.push({ seq: frame.seq, cause: end.cause });
    early.push(frame);
    intake.end(frame, end);
  };
  const intake: Intake = new Intake({ limits: { items, bytes: 1e6 }, cadence, clock, onEarlyEnd });
  const source = new ScriptedSource();
  const sink = intake.sinkFor(source);
  const state = (name = source.name) => {
    const found = intake.states().get(name);
    if (found === undefined) throw new Error(`no stream ${name}`);
    return found;
  };
  return { intake, source, sink, dropped, early, state, pass: (ms: number) => (nowMs += ms) };
}

describe("intake", () => {
  it("with `latest` keeps the newest frame and names those that gave way, without their pixels", async () => {
    const { intake, sink, dropped, early, state } = intakeWith({ policy: "latest" });
    for (const number of [1, 2, 3]) await sink.offer(offeredFrame(number));
    expect(dropped).toEqual([1, 2].map((seq) => ({ seq, cause: "intake/latest" })));
    expect(early.every(({ frame }) => !("payload" in frame))).toBe(true);
    expect(state()).toMatchObject({ cadence: "latest", queue: { length: 1, limit: 1 } });
    expect(intake.take()?.seq).toBe(3);
    expect(state().account).toEqual({
      seen: 3,
      committed: 0,
      rejected: {},
      dropped: { "intake/latest": 2 },
      inFlight: 1,
    });
  });

  it("with `every-nth` takes the first of every n, and lets the source wait when the queue is full", async () => {
    const { intake, sink, dropped } = intakeWith({ policy: "every-nth", n: 3 }, 1);
    for (const number of [1, 2, 3]) await sink.offer(offeredFrame(number));
    let isIn = false;
    const fourth = sink.offer(offeredFrame(4)).then(() => {
      isIn = true;
    });
    await Promise.resolve();
    expect(isIn).toBe(false);
    expect(intake.take()?.seq).toBe(1);
    await fourth;
    expect(intake.take()?.seq).toBe(4);
    expect(dropped).toEqual([2, 3].map((seq) => ({ seq, cause: "intake/every-nth" })));
  });

  it("with `budget` drops what would come too late as it arrives, and what has waited too long before it is analysed", async () => {
    const { intake, sink, dropped, pass } = intakeWith({ policy: "budget", targetMs: 100 });
    const analysed = async (number: number, ms: number) => {
      await sink.offer(offeredFrame(number));
      const frame = intake.take();
      pass(ms);
      if (frame !== undefined) intake.end(frame, { kind: "committed" });
    };
    await analysed(1, 50);
    for (const number of [2, 3, 4]) await sink.offer(offeredFrame(number));
    expect(dropped).toEqual([{ seq: 4, cause: "intake/budget" }]);
    pass(101);
    expect(intake.take()).toBeUndefined();
    expect(dropped.map(({ seq }) => seq)).toEqual([4, 2, 3]);
  });

  it("serves streams in turn, each with its own cadence and its own queue", async () => {
    const { intake, sink, dropped, state } = intakeWith({ policy: "every" });
    const other = new ScriptedSource("other");
    const otherSink = intake.sinkFor(other, { cadence: { policy: "latest" } });
    for (const number of [1, 2, 3]) await sink.offer(offeredFrame(number));
    for (const number of [4, 5]) await otherSink.offer(offeredFrame(number));
    expect([1, 2, 3, 4].map(() => intake.take()?.seq)).toEqual([1, 5, 2, 3]);
    expect(dropped).toEqual([{ seq: 4, cause: "intake/latest" }]);
    expect([state().cadence, state("other").cadence]).toEqual(["every", "latest"]);
    expect([state(), state("other")].every(({ account }) => isConserved(account))).toBe(true);
  });

  it("counts a sender's gaps, disorder and repeats, and takes a repeated frame once", async () => {
    const { sink, state } = intakeWith({ policy: "every" }, 10);
    expect(state().order).toBeNull();
    for (const number of [1, 4, 3, 3]) await sink.offer(numberedFrame(number));
    expect(state().order).toEqual({ numbered: 4, missing: 1, late: 1, repeated: 1 });
    expect(state().account.seen).toBe(3);
  });

  it("lets a source wait while too many of its frames have not ended, whatever its cadence", async () => {
    const unended: SequencedFrame[] = [];
    const clock = { unixMs: () => 0 as UnixMs, monotonicMs: () => 0 as MonotonicMs };
    const intake = new Intake({
      limits: { items: 1, bytes: 1 },
      cadence: { policy: "latest" },
      clock,
      onEarlyEnd: (frame) => unended.push(frame),
    });
    const sink = intake.sinkFor(new ScriptedSource());
    const offers = Array.from({ length: 16_400 }, (_, index) => sink.offer(offeredFrame(index)));
    await offers[16_383];
    expect(intake.lastSeq).toBe(16_384);
    for (const frame of unended.splice(0)) intake.end(frame, { kind: "dropped", cause: "intake/latest" });
    await Promise.all(offers);
    expect(intake.lastSeq).toBe(16_400);
  });
});
