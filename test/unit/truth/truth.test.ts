import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cocoEntries } from "../../../src/daemon/truth/coco.js";
import { TruthError } from "../../../src/daemon/truth/errors.js";
import { openTruth } from "../../../src/daemon/truth/open-truth.js";
import { paired } from "../../../src/daemon/truth/pairing.js";
import { paintedFormatOf, paintedTruth } from "../../../src/daemon/truth/picture.js";
import { yoloTruth } from "../../../src/daemon/truth/yolo.js";
import type { Frame, PixelData } from "../../../src/stream/base/frame.js";
import { encodePng } from "../../../src/stream/source/simulated/encode-png.js";
import { encodeTiff } from "../../../src/stream/source/simulated/encode-tiff.js";

const SIZE = { widthPx: 6, heightPx: 4 };

const picture = (pixels: PixelData): Frame => ({ ...SIZE, pixels, pixelSizeNm: null, acquiredAtMs: null });

/** Two regions: one joined over a corner, one alone. */
const MASK = Uint8Array.from([0, 9, 0, 0, 0, 0, 0, 0, 9, 0, 0, 9, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 9]);

describe("YOLO boxes", () => {
  it("are fractions of the image; an empty file says that nothing is there", () => {
    const { kind, particles } = yoloTruth("0 0.5 0.5 0.5 0.25\n\n3 0.25 0.25 0.25 0.5\r\n", "a.txt", SIZE);
    expect(kind).toBe("boxes");
    expect(particles.map(({ box }) => box)).toEqual([
      { x0: 1.5, y0: 1.5, x1: 4.5, y1: 2.5 },
      { x0: 0.75, y0: 0, x1: 2.25, y1: 2 },
    ]);
    expect(yoloTruth("", "a.txt", SIZE).particles).toEqual([]);
  });

  it.each(["0 320 200 12 12", "0 0.5 0.5 0.1", "0 0.5 0.5 0.1 0", "0 0.5 nan 0.1 0.1", "0 0.1 0.1 0.2 0.1 0.2 0.3"])(
    "are refused with file and line: %s",
    (line) => {
      expect(() => yoloTruth(`0 0.5 0.5 0.1 0.1\n${line}`, "a.txt", SIZE)).toThrow(/^received a\.txt, line 2: /);
      expect(() => yoloTruth(line, "a.txt", SIZE)).toThrow(TruthError);
    },
  );
});

describe("painted truth", () => {
  it("of one value is a mask, whose 8-connected regions are the particles", () => {
    expect(paintedFormatOf(picture(MASK))).toBe("mask");
    const { kind, particles } = paintedTruth(picture(MASK), "mask", "m.png", SIZE);
    expect(kind).toBe("masks");
    expect(particles.map(({ mask, box }) => [mask?.areaPx2, box])).toEqual([
      [2, { x0: 1, y0: 0, x1: 3, y1: 2 }],
      [3, { x0: 5, y0: 1, x1: 6, y1: 4 }],
    ]);
  });

  it("of several values numbers the particles, also where they touch", () => {
    const labels = picture(Uint16Array.from(MASK, (value, i) => (value === 0 ? 0 : i < 2 ? 5 : 70)));
    expect(paintedFormatOf(labels)).toBe("labels");
    expect(paintedTruth(labels, "labels", "m.tif", SIZE).particles.map(({ mask }) => mask?.areaPx2)).toEqual([1, 4]);
  });

  it("without a particle is a mask of none", () => {
    const empty = picture(new Uint8Array(24));
    expect(paintedFormatOf(empty)).toBe("mask");
    expect(paintedTruth(empty, "mask", "m.png", SIZE).particles).toEqual([]);
  });

  it("is refused at another size and with values that number nothing", () => {
    const other = { widthPx: 12, heightPx: 8 };
    expect(() => paintedTruth(picture(MASK), "mask", "m.png", other)).toThrow("m.png, 6 x 4 px");
    const fractions = picture(Float32Array.from(MASK, (value) => value / 18));
    expect(() => paintedTruth(fractions, "labels", "m.tif", SIZE)).toThrow("m.tif, with the value 0.5");
    const noise = picture(Float32Array.from({ length: 24 }, (_, i) => -i));
    expect(() => paintedTruth(noise, "labels", "m.tif", SIZE)).toThrow(TruthError);
  });
});

describe("COCO JSON", () => {
  const image = { id: 7, file_name: "folder/a.png" };
  const box = { image_id: 7, bbox: [1, 2, 3, 1] };
  const polygon = { image_id: 7, segmentation: [[0, 0, 4, 0, 4, 3, 0, 3]], iscrowd: 0 };
  const read = async (file: unknown) => (await cocoEntries(JSON.stringify(file), "c.json")[0]?.read(SIZE)) ?? null;

  it("gives each image its own particles, by the file's own name", async () => {
    const entries = cocoEntries(
      JSON.stringify({ images: [image, { id: "x", file_name: "d\\b.png" }], annotations: [polygon] }),
      "c.json",
    );
    expect(entries.map(({ name }) => name)).toEqual(["a.png", "b.png"]);
    expect((await entries[0].read(SIZE)).particles.map(({ mask }) => mask?.areaPx2)).toEqual([12]);
    expect(await entries[1].read(SIZE)).toEqual({ kind: "masks", ...SIZE, particles: [] });
  });

  it("has boxes where not every particle has an outline, and no crowds", async () => {
    const crowd = { ...box, iscrowd: 1 };
    expect(await read({ images: [image], annotations: [box, crowd] })).toMatchObject({
      kind: "boxes",
      particles: [{ box: { x0: 1, y0: 2, x1: 4, y1: 3 }, mask: null }],
    });
  });

  it.each([
    ["no JSON", "{", "c.json: "],
    ["another JSON", '{"particles":[]}', "images"],
    [
      "a polygon of two points",
      JSON.stringify({ images: [], annotations: [{ image_id: 1, segmentation: [[1, 2, 3, 4]] }] }),
      "annotations.0.segmentation",
    ],
  ])("is refused: %s", (_, text, received) => {
    expect(() => cocoEntries(text, "c.json")).toThrow(TruthError);
    expect(() => cocoEntries(text, "c.json")).toThrow(received);
  });

  it.each([
    ["for another size", { size: [4, 7], counts: [28] }],
    ["too short", { size: [4, 6], counts: [20] }],
    ["too long", { size: [4, 6], counts: [20, 5] }],
    ["negative", { size: [4, 6], counts: [30, -6] }],
    ["packed and broken off", { size: [4, 6], counts: "P" }],
  ])("is refused when read: run lengths %s", async (_, segmentation) => {
    const file = { images: [image], annotations: [{ image_id: 7, segmentation }] };
    await expect(read(file)).rejects.toThrow("c.json, image folder/a.png");
  });
});

describe("pairs of image and truth", () => {
  const named = (...names: readonly string[]) => names.map((name) => ({ name }));
  const pairsOf = (images: readonly string[], entries: readonly string[]) => {
    const { pairs, withoutTruth, withoutImage } = paired(named(...images), named(...entries));
    return [
      pairs.map(({ image, entry }) => `${image.name}=${entry.name}`),
      withoutTruth.map(({ name }) => name),
      withoutImage.map(({ name }) => name),
    ];
  };

  it("have the same stem, but for what says that it is truth", () => {
    expect(pairsOf(["a.tif", "frame_000001.png", "c.png"], ["frame_000001.labels.png", "a_mask.png", "d.png"])).toEqual(
      [["a.tif=a_mask.png", "frame_000001.png=frame_000001.labels.png"], ["c.png"], ["d.png"]],
    );
  });

  it("have the same number where their stems differ", () => {
    expect(pairsOf(["image_3.png", "image_10.png"], ["label_010.png", "label_3.png"])).toEqual([
      ["image_3.png=label_3.png", "image_10.png=label_010.png"],
      [],
      [],
    ]);
  });

  it("are not made of numbers that occur twice", () => {
    expect(pairsOf(["Cu1.jpg", "Pd1.jpg"], ["Pt1.txt"])).toEqual([[], ["Cu1.jpg", "Pd1.jpg"], ["Pt1.txt"]]);
  });
});

describe("a folder of truth", () => {
  let dir = "";
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "ostwald-truth-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("is read by what lies in it: pictures first, each by its own values", async () => {
    await writeFile(
      join(dir, "frame_2.labels.png"),
      await encodePng(picture(Uint16Array.from(MASK, (v, i) => v && i + 1))),
    );
    await writeFile(join(dir, "frame_1.tif"), encodeTiff(picture(MASK)));
    await writeFile(join(dir, "frame_1.json"), "{}");
    const entries = await openTruth(dir, "auto");
    expect(entries.map(({ name }) => name)).toEqual(["frame_1.tif", "frame_2.labels.png"]);
    const counts = await Promise.all(entries.map(async (entry) => (await entry.read(SIZE)).particles.length));
    expect(counts).toEqual([2, 5]);
    const joined = await openTruth(dir, "mask");
    expect((await joined[1].read(SIZE)).particles).toHaveLength(2);
  });

  it("may hold boxes or one COCO file; the latter may be named itself", async () => {
    await writeFile(join(dir, "classes.txt"), "particle");
    await writeFile(join(dir, "a.txt"), "0 0.5 0.5 0.1 0.1");
    await writeFile(join(dir, "c.json"), JSON.stringify({ images: [{ id: 1, file_name: "a.png" }], annotations: [] }));
    expect((await openTruth(dir, "auto")).map(({ name }) => name)).toEqual(["a.txt"]);
    for (const path of [dir, join(dir, "c.json")]) {
      expect((await openTruth(path, "coco")).map(({ name }) => name)).toEqual(["a.png"]);
    }
  });

  it("is refused where there is none, or where it does not exist", async () => {
    await expect(openTruth(dir, "auto")).rejects.toThrow(TruthError);
    await expect(openTruth(join(dir, "absent"), "auto")).rejects.toThrow("absent (ENOENT");
    await writeFile(join(dir, "a.txt"), "");
    await expect(openTruth(dir, "labels")).rejects.toThrow("no truth of the format labels");
  });
});
