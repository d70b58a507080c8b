import { describe, expect, it } from "vitest";
import { RunBook } from "../../../src/daemon/session/run-book.js";
import type { FrameSeq, MonotonicMs, UnixMs } from "../../../src/stream/base/units.js";
import { offeredFrame } from "../../support/frames.js";
import { runFrom } from "../../support/ledger.js";

const MINUTE_MS = 60_000;

/** A book whose clocks the test moves: wall clock and monotonic clock apart. */
function rig(options: Partial<ConstructorParameters<typeof RunBook>[0]> = {}) {
  const now = { unixMs: 1_000_000, monotonicMs: 500 };
  const clock = { unixMs: () => now.unixMs as UnixMs, monotonicMs: () => now.monotonicMs as MonotonicMs };
  const base = {
    clock,
    gapMs: null,
    daemonVersion: "0.1.0",
    configuration: "{}",
    resumed: null,
    lastRunId: 0,
    lastSeq: 0,
  };
  const book = new RunBook({ ...base, ...options });
  const frame = (seq: number) =>
    book.forFrame({
      seq: seq as FrameSeq,
      source: "scripted",
      takenInAtMs: now.monotonicMs as MonotonicMs,
      frame: { ...offeredFrame(seq), receivedAtMs: now.unixMs as UnixMs },
    });
  const pass = (ms: number) => {
    now.unixMs += ms;
    now.monotonicMs += ms;
  };
  return { book, now, frame, pass };
}

describe("a run", () => {
  it("begins with the first frame and takes those that follow", () => {
    const { book, frame } = rig();
    expect(book.current).toBeNull();
    expect(frame(1)).toMatchObject([{ id: 1, name: "run-1", firstSeq: 1, lastSeq: null, startedAtMs: 1_000_000 }]);
    expect(frame(2)).toEqual([]);
    expect(book.current?.id).toBe(1);
  });

  it("that is asked for begins with the next frame taken in; frames under way stay in theirs", () => {
    const { book, frame } = rig();
    frame(1);
    const changes = book.start(4, { name: "heating", notes: "80 C" });
    expect(changes).toMatchObject([
      { id: 1, lastSeq: 3, endReason: "asked" },
      { id: 2, firstSeq: 4, name: "heating", notes: "80 C", lastSeq: null },
    ]);
    // Once more with the next record, should writing it at once have failed.
    expect([2, 3, 4, 5].map(frame)).toEqual([changes, [], [], []]);
    expect(book.current?.id).toBe(2);
  });

  it("ends when asked, and the frame after begins another", () => {
    const { book, frame } = rig();
    frame(1);
    const ended = book.end(3, "asked");
    expect(ended).toMatchObject([{ id: 1, lastSeq: 3, endReason: "asked" }]);
    expect(book.end(3, "asked")).toEqual(ended);
    expect([2, 3].map(frame)).toEqual([ended, []]);
    expect(frame(4)).toMatchObject([{ id: 2, firstSeq: 4 }]);
  });

  it("that no frame came for is empty", () => {
    const { book } = rig({ lastSeq: 9 });
    book.start(10, {});
    expect(book.end(9, "stopped").at(-1)).toMatchObject({ firstSeq: 10, lastSeq: 9, endReason: "stopped" });
  });

  it("ends with its last frame when none came for the gap, however the wall clock jumps", () => {
    const { now, frame, pass } = rig({ gapMs: MINUTE_MS });
    frame(1);
    pass(MINUTE_MS);
    expect(frame(2)).toEqual([]);
    now.unixMs += 86_400_000;
    expect(frame(3)).toEqual([]);
    const lastFrameAtMs = now.unixMs;
    pass(MINUTE_MS + 1);
    expect(frame(4)).toMatchObject([
      { id: 1, lastSeq: 3, endReason: "gap", endedAtMs: lastFrameAtMs },
      { id: 2, firstSeq: 4 },
    ]);
  });

  it("that is described keeps its words, whatever is written again", () => {
    const { book, frame } = rig();
    book.start(1, { name: "heating" });
    book.describe(1, { name: "cooling", notes: "20 C" });
    expect(frame(1)).toMatchObject([{ id: 1, name: "cooling", notes: "20 C" }]);
    expect(book.current).toMatchObject({ name: "cooling" });
  });

  it("that a daemon left unended goes on with the next one, unless the gap has passed meanwhile", () => {
    const run = runFrom(7, 100, { startedAtMs: 0 });
    const resumed = { run, lastFrameAtMs: 1_000_000 - 2 * MINUTE_MS };
    const patient = rig({ resumed, lastRunId: 7, lastSeq: 120, gapMs: 3 * MINUTE_MS });
    expect(patient.frame(121)).toEqual([]);
    expect(patient.book.current).toEqual(run);
    const strict = rig({ resumed, lastRunId: 7, lastSeq: 120, gapMs: MINUTE_MS });
    expect(strict.frame(121)).toMatchObject([
      { id: 7, lastSeq: 120, endReason: "gap" },
      { id: 8, firstSeq: 121 },
    ]);
  });
});
