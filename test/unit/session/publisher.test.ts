import { describe, expect, it } from "vitest";
import { createLog } from "../../../src/daemon/observe/log.js";
import { ThroughputWindow } from "../../../src/daemon/observe/throughput.js";
import { Publisher } from "../../../src/daemon/session/publisher.js";
import type { FrameOutcome } from "../../../src/daemon/session/session.js";
import type { FrameSeq, MonotonicMs, UnixMs } from "../../../src/stream/base/units.js";
import type { EventMessage } from "../../../src/stream/protocol/messages.js";
import { emptyAnalysis, FIRST_SETTINGS, offeredFrame } from "../../support/frames.js";

/** A publisher with a clock that the test moves, and what it has said. */
function rig() {
  const events: EventMessage[] = [];
  const lines: string[] = [];
  const now = { ms: 0 };
  const publisher = new Publisher({
    hub: { publish: (event) => events.push(event) },
    clock: { unixMs: () => now.ms as UnixMs, monotonicMs: () => now.ms as MonotonicMs },
    throughput: new ThroughputWindow(),
    log: createLog({ level: "warn", format: "json", write: (line) => lines.push(line) }),
  });
  const publish = (seq: number, outcome: FrameOutcome) =>
    publisher.publish(
      { seq: seq as FrameSeq, source: "folder", takenInAtMs: 0 as MonotonicMs, frame: offeredFrame(seq) },
      outcome,
      { latencyMs: 5 },
    );
  return { events, lines, now, publisher, publish };
}

const committed: FrameOutcome = { kind: "committed", analysis: emptyAnalysis(), settings: FIRST_SETTINGS };
const rejected: FrameOutcome = { kind: "rejected", reason: "corrupt", detail: "half a file" };
const dropped: FrameOutcome = { kind: "dropped", cause: "intake/latest" };

describe("a publisher", () => {
  it("publishes one event a frame, whatever became of it", () => {
    const { events, publish } = rig();
    for (const [index, outcome] of [committed, rejected, dropped].entries()) publish(index + 1, outcome);
    expect(events.map(({ op, seq }) => [op, seq])).toEqual([
      ["frame", 1],
      ["rejected", 2],
      ["dropped", 3],
    ]);
  });

  it("tells those who come later of the run, its last frame and the last refused ones", () => {
    const { publisher, publish } = rig();
    expect(publisher.past()).toEqual({ history: [], lastFrame: null, particles: null, rejections: [] });
    publish(1, committed);
    for (let seq = 2; seq <= 30; seq += 1) publish(seq, rejected);
    publish(31, committed);
    const past = publisher.past();
    expect(past.history.map(({ seq }) => seq)).toEqual([1, 31]);
    expect(past.lastFrame?.seq).toBe(31);
    expect(past.particles?.seq).toBe(31);
    expect(past.rejections.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => 11 + index));
  });

  it("logs each refused frame, the first dropped one at once and those after it together", () => {
    const { lines, now, publish } = rig();
    publish(1, rejected);
    for (let seq = 2; seq <= 200; seq += 1) publish(seq, dropped);
    expect(lines).toHaveLength(2);
    now.ms = 10_000;
    publish(201, dropped);
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[2] ?? "")).toMatchObject({ frames: 199 });
  });
});
