import { describe, expect, it } from "vitest";
import { NoiseTrack } from "../../../src/daemon/session/noise-track.js";
import { frameEvent } from "../../support/wire-messages.js";

const SOURCE = "folder:/data";
/** Noise of frame `seq`: 10 at first, 20 from frame 200 on, with chance. */
const sigmaOf = (seq: number) => (seq < 200 ? 10 : 20) * (1 + (((seq * 7919) % 41) - 20) / 1000);

/** What frames `first..last` are told, each handed over when `inFlight` others have not ended. */
async function told(track: NoiseTrack, [first, last]: readonly [number, number], inFlight: number) {
  const given = new Map<number, number | null>();
  const open: number[] = [];
  for (let seq = first; seq <= last; seq++) {
    given.set(seq, await track.before(SOURCE, seq));
    open.push(seq);
    if (open.length <= inFlight) continue;
    const ended = open.shift() ?? 0;
    track.see(SOURCE, ended, sigmaOf(ended));
  }
  for (const seq of open) track.see(SOURCE, seq, sigmaOf(seq));
  return given;
}

describe("the noise of a stream", () => {
  it("is unknown at first, then the mean of frames before, and follows another dose", async () => {
    const given = await told(new NoiseTrack(), [1, 400], 4);
    expect(given.get(64)).toBeNull();
    expect(given.get(65)).toBe(sigmaOf(1));
    expect(given.get(150)).toBeCloseTo(10, 0);
    expect(given.get(400)).toBeCloseTo(20, 0);
  });

  it("does not depend on how many frames are under way", async () => {
    const one = await told(new NoiseTrack(), [1, 300], 0);
    for (const inFlight of [3, 60]) expect(await told(new NoiseTrack(), [1, 300], inFlight)).toEqual(one);
  });

  it("is the same after a crash, from the recorded events", async () => {
    const undisturbed = await told(new NoiseTrack(), [1, 300], 4);
    const events = Array.from({ length: 150 }, (_, i) => {
      const sigma = sigmaOf(i + 1);
      return { ...frameEvent(i + 1), source: SOURCE, noise: { sigma, gain: null, offset: null } };
    });
    const resumed = await told(new NoiseTrack(events, 150), [151, 300], 4);
    for (const [seq, before] of resumed) expect(before).toBe(undisturbed.get(seq));
  });

  it("keeps streams apart, and leaves out frames that do not show it", async () => {
    const track = new NoiseTrack();
    track.see("a", 1, 5);
    track.see("b", 2, 50);
    track.see("a", 3, null);
    for (let seq = 4; seq <= 70; seq++) track.see("c", seq, 500);
    expect(await track.before("a", 100)).toBe(5);
    expect(await track.before("b", 100)).toBe(50);
    expect(await track.before("d", 100)).toBeNull();
  });

  it("makes a frame wait until those it needs have ended, and lets all go when none will", async () => {
    const track = new NoiseTrack();
    const waiting = track.before(SOURCE, 66);
    let isTold = false;
    void waiting.then(() => {
      isTold = true;
    });
    track.see(SOURCE, 1, 3);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isTold).toBe(false);
    track.see(SOURCE, 2, 5);
    expect(await waiting).toBe(4);

    const forEver = track.before(SOURCE, 1000);
    track.end();
    expect(await forEver).toBe(4);
  });

  it("holds no more frames than it can be asked for", async () => {
    const track = new NoiseTrack();
    for (let seq = 1; seq <= 20_000; seq++) track.see(SOURCE, seq, sigmaOf(seq));
    const held = (await Promise.all([20_064, 20_001].map((seq) => track.before(SOURCE, seq)))).map(
      (sigma) => sigma ?? 0,
    );
    for (const sigma of held) expect(sigma).toBeCloseTo(20, 0);
  });
});
