import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Frame } from "../../src/stream/base/frame.js";
import type { FrameMessage } from "../../src/stream/protocol/messages.js";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.js";
import type { DaemonProcess } from "../support/daemon.js";
import { startDaemon } from "../support/daemon.js";
import { noiseFreeSpheres } from "../support/simulated-frames.js";
import { connectClient } from "../support/stream-client.js";

const PARTICLES = 24;
const FRAMES = 30;

/** The same spheres at another gain of the detector, with its hot and dead pixels. */
function sixteenBit(gain: number): Frame {
  const { frame } = noiseFreeSpheres();
  const pixels = Uint16Array.from(frame.pixels, (level) => 500 + level * gain);
  pixels[0] = 65_535;
  pixels[1] = 0;
  return { ...frame, pixels };
}

describe("a stream of 16-bit frames whose brightness sways by a fiftieth, with one that is a fifth brighter", () => {
  let daemon: DaemonProcess;
  beforeAll(async () => {
    daemon = await startDaemon(["--segmenter", "threshold"]);
  });
  afterAll(async () => {
    await daemon.stop();
  });

  it("has one display range from its first frame on, in every result and in health, and the right count in each", async () => {
    const client = await connectClient(daemon.url, "msgpack");
    for (let number = 1; number <= FRAMES; number++) {
      const gain = number === 15 ? 24 : 20 + 0.4 * Math.sin(number);
      await writeFile(join(daemon.dir, `frame_${number}.tif`), encodeTiff(sixteenBit(gain)));
    }
    const events = await client.untilEvents(FRAMES);
    const frames = events.filter((event): event is FrameMessage => event.op === "frame");
    expect(frames).toHaveLength(FRAMES);
    const [first] = frames;
    expect(first?.intensity.range).toEqual(first?.intensity.frameRange);
    expect(first?.intensity.range.high).toBeLessThan(500 + 255 * 21);
    for (const { intensity, label, statistics } of frames) {
      expect(intensity.range, label).toEqual(first?.intensity.range);
      expect(statistics.count, label).toBe(PARTICLES);
    }
    const brightest = frames.map(({ intensity }) => intensity.frameRange?.high ?? 0);
    expect(Math.max(...brightest)).toBeGreaterThan(1.1 * (first?.intensity.range.high ?? 0));
    const health = await client.untilHealth(({ sources }) => sources[0]?.displayRange !== undefined);
    expect(health.sources[0]?.displayRange).toEqual(first?.intensity.range);
    client.close();
  }, 60_000);
});
