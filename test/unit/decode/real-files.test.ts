/** Files of real microscopes, where ../shared/data has them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Frame } from "../../../src/stream/base/frame.js";
import { bytesSource } from "../../../src/stream/decode/byte-source.js";
import { pixelSizeInUnit } from "../../../src/stream/decode/pixel-size.js";
import { decodeImage, inspectImage, openImage } from "../../../src/stream/decode/resolve.js";
import { openFrameFile } from "../../../src/stream/source/folder/frame-file.js";

const DATA = join(import.meta.dirname, "../../../../shared/data");
const isMissing = !existsSync(DATA);

interface Dataset {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly axes: readonly { readonly scale: number; readonly units: string }[];
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly first5: readonly number[];
}

/** What RosettaSciIO reads, and mrcfile for the map. */
function expectedDatasets(): readonly (readonly [path: string, dataset: Dataset])[] {
  const text = readFileSync(join(DATA, "formats/expected.json"), "utf8");
  const all = JSON.parse(text) as Readonly<Record<string, { readonly datasets: readonly Dataset[] }>>;
  const files = Object.entries(all).map(([name, { datasets }]) => [`formats/${name}`, datasets[0]] as const);
  const axis = { scale: 1.14, units: "nm" };
  const map: Dataset = {
    shape: [20, 20, 20],
    dtype: "float32",
    axes: [axis, axis, axis],
    min: -4.1337456703186035,
    max: 5.576736927032471,
    mean: 0.783612,
    first5: [],
  };
  return [...files, ["mrc/EMD-3197.map", map]].filter((entry): entry is [string, Dataset] => entry[1] !== undefined);
}

async function framesOf(path: string): Promise<readonly Frame[]> {
  const file = await openFrameFile(path);
  try {
    const inspection = await inspectImage(file.source);
    if (inspection.state !== "complete") throw new Error(`${path} is ${JSON.stringify(inspection)}`);
    const image = await openImage(file.source);
    const frames: Frame[] = [];
    for (let page = 0; page < inspection.pages; page++) frames.push(await image.decode(page));
    return frames;
  } finally {
    await file.close();
  }
}

function statisticsOf(frames: readonly Frame[]): { readonly min: number; readonly max: number; readonly mean: number } {
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const { pixels } of frames) {
    for (const value of pixels) [min, max, sum] = [Math.min(min, value), Math.max(max, value), sum + value];
    count += pixels.length;
  }
  return { min, max, mean: sum / count };
}

/** What the scale of an axis is for a frame: nm/px, none where it is in no unit of length or not positive. */
function expectedPixelSize({ axes }: Dataset): number | null {
  const { scale = 0, units = "" } = axes.at(-1) ?? {};
  return pixelSizeInUnit(scale, units);
}

/** Frames keep 8 bit unsigned and 16 bit integers; all other types are float32. */
const typeOf = (dtype: string) =>
  ({ uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array })[dtype] ?? Float32Array;

/** RosettaSciIO makes float64 of this file's 16 bit integers. */
const WIDENED = "formats/emd_fei_example_tem_stack.emd";

const files = isMissing ? [["formats (skipped: ../shared/data is not here)", null] as const] : expectedDatasets();

describe.skipIf(isMissing)("a file of a microscope is read as RosettaSciIO reads it", () => {
  test.each([...files])("%s", async (path, dataset) => {
    if (dataset === null) throw new Error("no expectation");
    const frames = await framesOf(join(DATA, path));
    const [first] = frames;
    if (first === undefined) throw new Error("no frame");
    expect([...(frames.length > 1 ? [frames.length] : []), first.heightPx, first.widthPx]).toEqual(dataset.shape);
    expect(first.pixels).toBeInstanceOf(typeOf(path === WIDENED ? "int16" : dataset.dtype));
    expect([...first.pixels.slice(0, 4)]).toEqual(
      dataset.first5.length === 0 ? expect.anything() : dataset.first5.slice(0, 4),
    );
    const { min, max, mean } = statisticsOf(frames);
    expect([min, max]).toEqual([dataset.min, dataset.max]);
    expect(mean).toBeCloseTo(dataset.mean, 6);
    const pixelSizeNm = expectedPixelSize(dataset);
    if (pixelSizeNm === null) expect(first.pixelSizeNm).toBeNull();
    else expect((first.pixelSizeNm ?? Number.NaN) / pixelSizeNm).toBeCloseTo(1, 6);
  });

  test("the times that its files state are read", async () => {
    const timeOf = async (name: string) => (await framesOf(join(DATA, "formats", name)))[0]?.acquiredAtMs;
    expect(await timeOf("tia_old_64x64_TEM_images_acquire_1.ser")).toBe(Date.parse("2016-02-21T16:50:29Z"));
    expect(await timeOf("mrc_HAADFscan.mrc")).toBe(new Date("2022-12-05T12:13:07").getTime());
  });
});

function imagesIn(folder: string): readonly string[] {
  if (isMissing) return [`${folder} (skipped: ../shared/data is not here)`];
  return readdirSync(join(DATA, folder)).map((name) => join(folder, name));
}

const read = (path: string) => new Uint8Array(readFileSync(join(DATA, path)));

describe.skipIf(isMissing)("frames of real experiments", () => {
  test.each(imagesIn("bftem/images"))("%s: RGBA that is grey", async (path) => {
    const bytes = read(path);
    expect(await inspectImage(bytesSource(bytes))).toEqual({ state: "complete", pages: 1, doubt: null });
    const frame = await decodeImage(bytes);
    expect([frame.widthPx, frame.heightPx, frame.pixels.BYTES_PER_ELEMENT]).toEqual([512, 512, 1]);
    expect(new Set(frame.pixels).size).toBeGreaterThan(50);
  });

  test.each(imagesIn("haadf/images"))("%s: grey JPEG", async (path) => {
    const bytes = read(path);
    expect(await inspectImage(bytesSource(bytes))).toEqual({ state: "complete", pages: 1, doubt: null });
    const frame = await decodeImage(bytes);
    expect(frame.pixels).toHaveLength(frame.widthPx * frame.heightPx);
    expect(frame.pixelSizeNm).toBeNull();
    expect(new Set(frame.pixels).size).toBeGreaterThan(50);
  });
});
