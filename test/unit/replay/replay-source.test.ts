import { describe, expect, it } from "vitest";
import { FrameRejectedError } from "../../../src/stream/base/frame.js";
import { systemClock } from "../../../src/stream/flow/clock.js";
import {
  createReplaySource,
  type RecordedFrame,
  type ReplayOptions,
} from "../../../src/stream/source/replay/replay-source.js";
import { recordingSink, until } from "../../support/folder.js";

const payload = { kind: "bytes", bytes: new Uint8Array(1) } as const;

async function* recorded(times: readonly (number | null)[]): AsyncGenerator<RecordedFrame> {
  for (const [i, atMs] of times.entries()) yield { key: `${i}`, label: `frame_${i}`, atMs, found: payload };
}

function replaying(frames: AsyncIterable<RecordedFrame>, options: Partial<ReplayOptions> = {}) {
  const source = createReplaySource({
    name: "replay:test",
    runName: "replay of test",
    keyPrefix: "first/",
    frames,
    speed: Number.POSITIVE_INFINITY,
    framesPerS: null,
    clock: systemClock,
    ...options,
  });
  const sink = recordingSink(async ({ key }) => source.settle(key, { kind: "committed" }));
  return { source, sink };
}

/** When each frame was offered, ms after the first. */
async function offeredAt(
  times: readonly (number | null)[],
  options: Partial<ReplayOptions>,
): Promise<readonly number[]> {
  const at: number[] = [];
  const { source } = replaying(recorded(times), options);
  await source.start({
    ...recordingSink(),
    offer: async ({ key }) => {
      at.push(performance.now());
      source.settle(key, { kind: "committed" });
    },
  });
  await source.done;
  await source.close();
  return at.map((ms) => ms - (at[0] ?? 0));
}

describe("a replay", () => {
  it("begins a run of its name, offers every frame in order, once, under keys of its own, and ends when all are settled", async () => {
    const { source, sink } = replaying(recorded([5, 5, 5]));
    const runs: unknown[] = [];
    await source.start({ ...sink, beginRun: async (run) => void runs.push(run) });
    await source.done;
    expect(runs).toEqual([{ name: "replay of test" }]);
    expect(sink.offered.map(({ key, label }) => [key, label])).toEqual([
      ["first/0", "frame_0"],
      ["first/1", "frame_1"],
      ["first/2", "frame_2"],
    ]);
    expect(source.health()).toEqual({ state: "ok", detail: "played to its end: 3 frames" });
    await source.close();
  });

  it("does not end before the last frame is settled", async () => {
    const { source } = replaying(recorded([1, 2]));
    const sink = recordingSink();
    await source.start(sink);
    await until("both frames", () => sink.offered.length === 2);
    let hasEnded = false;
    void source.done.then(() => {
      hasEnded = true;
    });
    source.settle("first/1", { kind: "committed" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(hasEnded).toBe(false);
    source.settle("first/0", { kind: "committed" });
    await source.done;
    await source.close();
  });

  it("reports what is not there any more by its name, and plays the rest", async () => {
    async function* withGap(): AsyncGenerator<RecordedFrame> {
      const report = { received: "nothing", expected: "a file", remedy: "none" };
      yield { key: "0", label: "gone.tif", atMs: null, found: new FrameRejectedError("vanished", report) };
      yield { key: "1", label: "there.tif", atMs: null, found: payload };
    }
    const { source, sink } = replaying(withGap());
    await source.start({
      ...sink,
      reject: (frame, error) => {
        sink.reject(frame, error);
        source.settle(frame.key, { kind: "rejected", reason: error.reason });
      },
    });
    await source.done;
    expect(sink.rejections).toEqual([{ key: "first/0", label: "gone.tif", reason: "vanished" }]);
    expect(sink.offered.map(({ label }) => label)).toEqual(["there.tif"]);
    await source.close();
  });

  it("waits as long as it was recorded, divided by the speed; never less", async () => {
    const at = await offeredAt([1_000, 1_400, 1_400, 1_200, 2_200], { speed: 4 });
    // Gaps of 400, 0, none (the clock was set back) and 1000 ms, four times as fast; timers may fire up to a millisecond early.
    for (const [i, leastMs] of [0, 100, 100, 100, 350].entries()) expect(at[i]).toBeGreaterThanOrEqual(leastMs - 2);
  });

  it("keeps a stated rate whatever was recorded, and 10 a second where nothing was", async () => {
    const stated = await offeredAt([0, 1e9, null], { speed: 1, framesPerS: 50 });
    for (const [i, leastMs] of [0, 20, 40].entries()) expect(stated[i]).toBeGreaterThanOrEqual(leastMs - 2);
    const unknown = await offeredAt([null, null], { speed: 1 });
    expect(unknown[1]).toBeGreaterThanOrEqual(98);
  });

  it("stops in a long pause when it is closed", async () => {
    const { source, sink } = replaying(recorded([0, 1e9]), { speed: 1 });
    await source.start(sink);
    await until("the first frame", () => sink.offered.length === 1);
    await source.close();
    expect(sink.offered).toHaveLength(1);
  });
});
