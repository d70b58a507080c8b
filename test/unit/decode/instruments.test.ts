/** Files of microscopes and detectors, against independent readers (fixtures/instruments/generate.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Frame } from "../../../src/stream/base/frame.js";
import { bytesSource } from "../../../src/stream/decode/byte-source.js";
import { inspectImage, openImage } from "../../../src/stream/decode/resolve.js";
import { openFrameFile } from "../../../src/stream/source/folder/frame-file.js";
import { pixelHash, reasonOf } from "../../support/decode.js";

interface Decoded {
  readonly file: string;
  readonly page: number;
  readonly pages: number;
  readonly type: "u8" | "u16" | "i16" | "f32";
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixelSizeNm: number | null;
  readonly exposureMs: number | null;
  /** ISO 8601; without a zone it is local time, as the instrument's program wrote it. */
  readonly acquiredAt: string | null;
  /** Path of the dataset asked for; absent for the image that is found. */
  readonly dataset?: string;
  readonly sha256: string;
  /** Levels by which a pixel may differ where decoders may round (JPEG); absent where all must agree. */
  readonly tolerance?: number;
  readonly first: readonly number[];
}

interface Rejected {
  readonly file: string;
  readonly page: number;
  readonly rejected: string;
  readonly dataset?: string;
}

const fixtures = new URL("fixtures/instruments/", import.meta.url);
const cases = JSON.parse(readFileSync(new URL("expected.json", fixtures), "utf8")) as readonly (Decoded | Rejected)[];
const decoded = cases.filter((entry): entry is Decoded => "sha256" in entry);
const rejected = cases.filter((entry): entry is Rejected => "rejected" in entry);
const TYPES = { u8: Uint8Array, u16: Uint16Array, i16: Int16Array, f32: Float32Array };

const pathOf = (file: string) => new URL(file, fixtures).pathname;
const bytesOf = (file: string) => new Uint8Array(readFileSync(pathOf(file)));

async function decodeFile({ file, dataset }: Decoded | Rejected, page: number): Promise<Frame> {
  const opened = await openFrameFile(pathOf(file));
  try {
    return await (await openImage(opened.source, { hdf5Dataset: dataset ?? null })).decode(page);
  } finally {
    await opened.close();
  }
}

const decodeBytes = async (bytes: Uint8Array, { page, dataset }: Decoded) =>
  (await openImage(bytesSource(bytes), { hdf5Dataset: dataset ?? null })).decode(page);
const inspectFile = ({ file, dataset }: Decoded | Rejected) =>
  inspectImage(bytesSource(bytesOf(file)), { hdf5Dataset: dataset ?? null });

describe("a file is decoded as independent readers decode it", () => {
  test.each(decoded)("$file $dataset page $page: pixels", async (entry) => {
    const frame = await decodeFile(entry, entry.page);
    const { widthPx, heightPx, pixels } = frame;
    expect({ widthPx, heightPx }).toEqual({ widthPx: entry.widthPx, heightPx: entry.heightPx });
    expect(pixels).toBeInstanceOf(TYPES[entry.type]);
    const differences = entry.first.map((level, i) => Math.abs(level - (pixels[i] ?? Number.NaN)));
    expect(Math.max(...differences)).toBeLessThanOrEqual(entry.tolerance ?? 0);
    if (entry.tolerance === undefined) expect(pixelHash(pixels)).toBe(entry.sha256);
  });

  test.each(decoded)("$file page $page: pixel size, exposure and time", async (entry) => {
    const { pixelSizeNm, exposureMs, acquiredAtMs } = await decodeFile(entry, entry.page);
    if (entry.pixelSizeNm === null) expect(pixelSizeNm).toBeNull();
    else expect(pixelSizeNm).toBeCloseTo(entry.pixelSizeNm, 5);
    if (entry.exposureMs === null) expect(exposureMs ?? null).toBeNull();
    else expect(exposureMs).toBeCloseTo(entry.exposureMs, 6);
    expect(acquiredAtMs).toBe(entry.acquiredAt === null ? null : new Date(entry.acquiredAt).getTime());
  });

  test.each(decoded)("$file is complete as it is", async (entry) => {
    expect(await inspectFile(entry)).toMatchObject({ state: "complete", pages: entry.pages });
  });

  test.each(decoded)("$file page $page is decoded from memory that is not aligned", async (entry) => {
    const bytes = bytesOf(entry.file);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const { pixels } = await decodeBytes(shifted.subarray(1), entry);
    expect(pixelHash(pixels)).toBe(pixelHash((await decodeBytes(bytes, entry)).pixels));
    expect(shifted.subarray(1)).toEqual(bytes);
  });
});

describe("what is not real grey images is refused by name", () => {
  test.each(rejected)("$file: $rejected", async (entry) => {
    const { file, page, rejected: reason } = entry;
    expect(await reasonOf(decodeFile(entry, page))).toBe(reason);
    expect(await inspectFile(entry)).toMatchObject(
      // Whether colours differ is seen in the pixels only, which filters were used when they are read.
      file === "rgb_colour.npy" ||
        file === "jpeg_colour.tif" ||
        file === "chunk_bomb.h5" ||
        entry.dataset === "/entry/foreign"
        ? { state: "complete" }
        : { state: "unusable", reason },
    );
  });

  test.each(decoded.filter(({ page, pages }) => page === pages - 1))(
    "$file has no page after its last",
    async (entry) => {
      expect(await reasonOf(decodeFile(entry, entry.pages))).toBe("corrupt");
    },
  );
});
