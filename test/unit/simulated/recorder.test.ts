import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Frame, PixelData } from "../../../src/stream/base/frame.js";
import { pixelSizeNmFrom } from "../../../src/stream/base/units.js";
import { decodeImage } from "../../../src/stream/decode/resolve.js";
import type { SimulatedFrame } from "../../../src/stream/source/simulated/camera.js";
import { EncodingError, encodePng } from "../../../src/stream/source/simulated/encode-png.js";
import { encodeTiff } from "../../../src/stream/source/simulated/encode-tiff.js";
import { createPace, type Timer } from "../../../src/stream/source/simulated/pace.js";
import { RecordingError, type RecordingOptions, recordFrames } from "../../../src/stream/source/simulated/recorder.js";
import { defineScene } from "../../../src/stream/source/simulated/scene-check.js";
import type { Depth } from "../../../src/stream/source/simulated/scene-spec.js";
import { simulateFrame } from "../../../src/stream/source/simulated/simulate-frame.js";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ostwald-recorder-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function simulated(depth: Depth, seed = 1): SimulatedFrame {
  const population = { kind: "count", count: 4 } as const;
  return simulateFrame(defineScene({ fieldOfViewNm: 301, widthPx: 220, heightPx: 180, depth, population }), seed);
}

/** A frame without a simulation behind it. */
function frameOf(widthPx: number, pixels: PixelData, pixelSizeNm: number | null = null): Frame {
  return {
    widthPx,
    heightPx: pixels.length / widthPx,
    pixels,
    pixelSizeNm: pixelSizeNmFrom(pixelSizeNm),
    acquiredAtMs: null,
  };
}

/** Time that passes only when somebody waits. */
function createStillTimer(): Timer & { waits: number[]; skip(ms: number): void } {
  let nowMs = 1000;
  const waits: number[] = [];
  return {
    waits,
    skip: (ms) => {
      nowMs += ms;
    },
    nowMs: () => nowMs,
    wait: async (durationMs) => {
      waits.push(durationMs);
      nowMs += durationMs;
    },
  };
}

function options(changes: Partial<RecordingOptions> = {}): RecordingOptions {
  return {
    directory: join(root, "frames"),
    format: "tiff",
    framesPerS: null,
    count: 3,
    delivery: { kind: "rename" },
    truthDirectory: null,
    keepLast: null,
    ...changes,
  };
}

describe("TIFF", () => {
  it.each(["8", "16", "float"] as const)("reads back bit for bit at depth %s, with its pixel size", async (depth) => {
    const { frame } = simulated(depth);
    const read = await decodeImage(encodeTiff(frame));
    expect([read.widthPx, read.heightPx]).toEqual([220, 180]);
    expect(read.pixels).toEqual(frame.pixels);
    expect(read.pixelSizeNm).toBeCloseTo(301 / 220, 8);
  });

  it("holds one pixel, and no pixel size where none is known", async () => {
    const frame = frameOf(1, Uint8Array.of(77));
    expect(await decodeImage(encodeTiff(frame))).toEqual(frame);
  });

  it.each([0.01, 0.5, 1, 1234.5])("states a pixel size of %d nm to nine digits", async (nm) => {
    const { pixelSizeNm } = await decodeImage(encodeTiff(frameOf(1, Uint8Array.of(0), nm)));
    expect(Math.abs((pixelSizeNm ?? 0) / nm - 1)).toBeLessThan(1e-9);
  });

  it("is laid out as the standard says: these bytes for a frame of one pixel of 1 nm", () => {
    const bytes = encodeTiff(frameOf(1, Uint8Array.of(77), 1));
    expect(Buffer.from(bytes).toString("hex")).toMatchInlineSnapshot(
      `"49492a00080000000d000001040001000000010000000101040001000000010000000201030001000000080000000301030001000000010000000601030001000000010000001101040001000000b20000001501030001000000010000001601040001000000010000001701040001000000010000001a01050001000000aa0000001b01050001000000aa000000280103000100000003000000530103000100000001000000000000008034b4ffad0100004d"`,
    );
  });
});

describe("PNG", () => {
  it.each(["8", "16"] as const)("reads back bit for bit at depth %s, with its pixel size", async (depth) => {
    const { frame } = simulated(depth);
    const read = await decodeImage(await encodePng(frame));
    expect([read.widthPx, read.heightPx]).toEqual([220, 180]);
    expect(read.pixels).toEqual(frame.pixels);
    expect(read.pixelSizeNm).toBeCloseTo(301 / 220, 7);
  });

  it("holds one pixel, and no pixel size where none is known", async () => {
    const frame = frameOf(1, Uint16Array.of(40_000));
    expect(await decodeImage(await encodePng(frame))).toEqual(frame);
  });

  it("refuses what it cannot hold: floats, and pixels finer than its integers can state", async () => {
    await expect(encodePng(frameOf(1, Float32Array.of(1)))).rejects.toThrow(EncodingError);
    await expect(encodePng(frameOf(1, Uint8Array.of(1), 0.46))).rejects.toThrow(EncodingError);
    await expect(encodePng(frameOf(1, Uint8Array.of(1), 0.47))).resolves.toBeInstanceOf(Uint8Array);
  });
});

describe("the recorder", () => {
  it("names frames in order and writes each whole", async () => {
    const frames = [1, 2, 3].map((seed) => simulated("8", seed));
    let index = 0;
    expect(await recordFrames(() => frames[index++], options())).toBe(3);
    const names = await readdir(join(root, "frames"));
    expect(names.sort()).toEqual(["frame_000001.tif", "frame_000002.tif", "frame_000003.tif"]);
    for (const [i, name] of names.entries()) {
      const read = await decodeImage(await readFile(join(root, "frames", name)));
      expect(read.pixels).toEqual(frames[i].frame.pixels);
    }
  });

  it("never shows a frame under its name before it is complete", async () => {
    // Large enough that writing takes several turns of the event loop, so that a file in the making would be seen.
    const frame = { ...simulated("8"), frame: frameOf(4096, new Uint8Array(4096 * 2048)) };
    const whole = encodeTiff(frame.frame).length;
    const folder = join(root, "frames");
    let looking = true;
    const sizes = new Set<number>();
    const look = async () => {
      while (looking) {
        const names = await readdir(folder).catch(() => []);
        for (const name of names.filter((each) => each.endsWith(".tif")))
          sizes.add((await stat(join(folder, name))).size);
      }
    };
    const watcher = look();
    await recordFrames(() => frame, options({ count: 4 }));
    looking = false;
    await watcher;
    expect([...sizes]).toEqual([whole]);
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("lets a frame grow in pieces under its own name when asked to", async () => {
    const frame = simulated("8");
    const path = join(root, "frames", "frame_000001.tif");
    const sizes: number[] = [];
    const timer: Timer = { nowMs: () => 0, wait: async () => void sizes.push((await stat(path)).size) };
    await recordFrames(() => frame, options({ count: 1, delivery: { kind: "pieces", pieces: 4, pauseMs: 5 }, timer }));
    const whole = encodeTiff(frame.frame);
    expect(sizes).toEqual([1, 2, 3].map((piece) => piece * Math.ceil(whole.length / 4)));
    expect(new Uint8Array(await readFile(path))).toEqual(whole);
  });

  it("writes the truth before the frame: particles as JSON, labels as a 16-bit PNG", async () => {
    const frame = simulated("8");
    const truthDirectory = join(root, "truth");
    const seen: string[][] = [];
    const onFrame = () => seen.push([]);
    await recordFrames(() => frame, options({ count: 1, truthDirectory, onFrame }));
    expect(seen).toHaveLength(1);
    expect((await readdir(truthDirectory)).sort()).toEqual(["frame_000001.json", "frame_000001.labels.png"]);
    const { labels, ...rest } = frame.truth;
    const image = await decodeImage(await readFile(join(truthDirectory, "frame_000001.labels.png")));
    expect(image.pixels).toEqual(labels);
    expect(JSON.parse(await readFile(join(truthDirectory, "frame_000001.json"), "utf8"))).toEqual(rest);
  });

  it("keeps only the last frames and truths when asked to", async () => {
    const truthDirectory = join(root, "truth");
    await recordFrames(() => simulated("8"), options({ count: 5, keepLast: 2, truthDirectory }));
    expect((await readdir(join(root, "frames"))).sort()).toEqual(["frame_000004.tif", "frame_000005.tif"]);
    expect(await readdir(truthDirectory)).toHaveLength(4);
  });

  it("ends at the signal with the last frame complete, and at once when it was given before", async () => {
    const controller = new AbortController();
    const onFrame = ({ number }: { readonly number: number }) => {
      if (number === 2) controller.abort();
    };
    const count = null;
    expect(await recordFrames(() => simulated("8"), options({ count, onFrame, signal: controller.signal }))).toBe(2);
    const written = await readdir(join(root, "frames"));
    expect(written).toHaveLength(2);
    expect(await recordFrames(() => simulated("8"), options({ count, signal: controller.signal }))).toBe(0);
  });

  it("fails with the path and the cause where it cannot write, and leaves nothing behind", async () => {
    await writeFile(join(root, "frames"), "a file where the folder should be");
    const failure = recordFrames(() => simulated("8"), options());
    await expect(failure).rejects.toThrow(RecordingError);
    await expect(failure).rejects.toMatchObject({ tag: "Recording", path: join(root, "frames") });
  });
});

describe("the pace", () => {
  it("does not drift: every beat is due at its multiple of the interval, however long the work took", async () => {
    const timer = createStillTimer();
    const pace = createPace(100, timer);
    const beats: number[] = [];
    for (const workMs of [3, 9, 25, 0, 1, 1]) {
      await pace.next(undefined);
      beats.push(timer.nowMs() - 1000);
      timer.skip(workMs);
    }
    // The third piece of work overruns two beats, which are made up for; then the old rhythm is back.
    expect(beats.map((ms) => Math.round(ms))).toEqual([0, 10, 20, 45, 45, 50]);
  });

  it("starts anew after a long sleep and does not race after what it missed", async () => {
    const timer = createStillTimer();
    const pace = createPace(10, timer);
    await pace.next(undefined);
    timer.skip(3_600_000);
    await pace.next(undefined);
    const before = timer.nowMs();
    await pace.next(undefined);
    expect(timer.nowMs() - before).toBeCloseTo(100, 6);
  });

  it("does not wait at all without a rate", async () => {
    const timer = createStillTimer();
    const pace = createPace(null, timer);
    await pace.next(undefined);
    await pace.next(undefined);
    expect(timer.waits).toEqual([]);
  });
});
