import { describe, expect, it } from "vitest";
import { chosenRange, FRAME_ALONE } from "../../../src/daemon/analysis/display-range.js";
import { DisplayRanges } from "../../../src/daemon/session/display-ranges.js";
import type { DisplayRange } from "../../../src/stream/base/frame.js";
import type { FrameMessage } from "../../../src/stream/protocol/messages.js";
import { frameEvent } from "../../support/wire-messages.js";

const SOURCE = "folder:/data";
const DARK = { low: 100, high: 1100 };
const BRIGHT = { low: 200, high: 2200 };
/** `count` frames whose ends differ from those of `range` by less than a quarter of its width, as noise makes them. */
const noisy = (range: DisplayRange, count: number): readonly DisplayRange[] =>
  Array.from({ length: count }, (_, i) => {
    const noise = ((i * 7919) % 41) / 100 - 0.2;
    const width = range.high - range.low;
    return { low: range.low - noise * width, high: range.high + noise * width };
  });

/** Frames through the ranges as the session hands them over, `inFlight` at once; gives the range of each. */
async function handed(frames: readonly DisplayRange[], inFlight: number, ranges = new DisplayRanges(), firstSeq = 1) {
  const given: (DisplayRange | null)[] = [];
  for (let start = 0; start < frames.length; ) {
    // The first frame of a stream goes alone.
    const count = ranges.current(SOURCE) === undefined ? 1 : inFlight;
    const batch = frames.slice(start, start + count);
    for (const i of batch.keys()) given.push(await ranges.for(SOURCE, firstSeq + start + i));
    for (const [i, own] of batch.entries()) ranges.back(SOURCE, firstSeq + start + i, own);
    for (const [i, own] of batch.entries()) ranges.see(SOURCE, firstSeq + start + i, own);
    start += batch.length;
  }
  return given;
}

describe("the display range of a stream", () => {
  it("is the first frame's, and noise and single odd frames change nothing", async () => {
    const frames = [DARK, ...noisy(DARK, 50), BRIGHT, { low: 0, high: 50_000 }, ...noisy(DARK, 50)];
    const given = await handed(frames, 4);
    expect(given[0]).toBeNull();
    expect(new Set(given.slice(1).map((range) => JSON.stringify(range)))).toEqual(new Set([JSON.stringify(DARK)]));
  });

  it("follows a stream that has really changed, once, to the medians of what it has become", async () => {
    const frames = [...noisy(DARK, 20), ...Array.from({ length: 40 }, () => BRIGHT)];
    const given = await handed([DARK, ...frames], 4);
    const changes = given.flatMap((range, i) => (i > 1 && range?.high !== given[i - 1]?.high ? [i + 1] : []));
    // The 8th bright frame is number 29; 16 frames later the new range holds.
    expect(changes).toEqual([45]);
    expect(given.at(-1)).toEqual(BRIGHT);
  });

  it("depends on the frames and their order alone, not on how many are under way", async () => {
    const frames = [DARK, ...noisy(DARK, 10), ...noisy(BRIGHT, 60), ...noisy({ low: 0, high: 90 }, 60)];
    const alone = await handed(frames, 1);
    for (const inFlight of [2, 4, 8, 16]) expect(await handed(frames, inFlight), `${inFlight}`).toEqual(alone);
  });

  it("is the same for a daemon that goes on from the events of the one before, wherever that ended", async () => {
    const frames = [DARK, ...noisy(DARK, 5), ...noisy(BRIGHT, 40)];
    const undisturbed = await handed(frames, 4);
    const events = frames.map((own, i) => event(i + 1, own, undisturbed[i] ?? null));
    for (let end = 1; end < frames.length; end++) {
      const second = new DisplayRanges();
      second.resume(events.slice(0, end));
      const rest = await handed(frames.slice(end), 4, second, end + 1);
      expect(rest, `ended after ${end}`).toEqual(undisturbed.slice(end));
    }
  });

  it("makes the others wait for the first frame only, and takes the next one where that is refused", async () => {
    const ranges = new DisplayRanges();
    expect(await ranges.for(SOURCE, 1)).toBeNull();
    const order: string[] = [];
    const others = [2, 3].map(async (seq) => {
      const range = await ranges.for(SOURCE, seq);
      order.push(`${seq} ${range === null ? "alone" : range.high}`);
    });
    expect(await ranges.for("another", 4)).toBeNull();
    expect(order).toEqual([]);
    ranges.back(SOURCE, 1, null);
    await others[0];
    expect(order).toEqual(["2 alone"]);
    ranges.back(SOURCE, 2, DARK);
    await others[1];
    expect(order).toEqual(["2 alone", "3 1100"]);
    expect(ranges.current(SOURCE)).toEqual(DARK);
  });
});

function event(seq: number, own: DisplayRange, stream: DisplayRange | null): FrameMessage {
  const range = chosenRange(own, { ...FRAME_ALONE, stream });
  const message = { ...frameEvent(seq), source: SOURCE };
  return { ...message, intensity: { ...message.intensity, range, frameRange: own } };
}
