/** Every kind of image that is read, against independent readers (fixtures/generate.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bytesSource } from "../../../src/stream/decode/byte-source.js";
import { decodeImage, inspectImage } from "../../../src/stream/decode/resolve.js";
import { pixelHash, reasonOf } from "../../support/decode.js";

interface Decoded {
  readonly file: string;
  readonly page: number;
  readonly pages: number;
  readonly type: "u8" | "u16" | "i16" | "f32";
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixelSizeNm: number | null;
  readonly first: readonly number[];
  readonly sha256?: string;
  /** Where decoders may differ by rounding (JPEG): the pixels themselves. */
  readonly pixels?: readonly number[];
}

interface Rejected {
  readonly file: string;
  readonly page: number;
  readonly rejected: string;
}

const fixtures = new URL("fixtures/", import.meta.url);
const cases = JSON.parse(readFileSync(new URL("expected.json", fixtures), "utf8")) as readonly (Decoded | Rejected)[];
const decoded = cases.filter((entry): entry is Decoded => "sha256" in entry || "pixels" in entry);
const rejected = cases.filter((entry): entry is Rejected => "rejected" in entry);
const TYPES = { u8: Uint8Array, u16: Uint16Array, i16: Int16Array, f32: Float32Array };

function bytesOf(file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(file, fixtures)));
}

describe("an image is decoded as Pillow, OpenCV or tifffile decode it", () => {
  test.each(decoded)("$file page $page", async (entry) => {
    const frame = await decodeImage(bytesOf(entry.file), entry.page);
    expect({ widthPx: frame.widthPx, heightPx: frame.heightPx }).toEqual({
      widthPx: entry.widthPx,
      heightPx: entry.heightPx,
    });
    expect(frame.pixels).toBeInstanceOf(TYPES[entry.type]);
    if (entry.pixels !== undefined) {
      // T.83 lets decoders differ by one level.
      const worst = Math.max(...entry.pixels.map((value, i) => Math.abs(value - (frame.pixels[i] ?? Number.NaN))));
      expect(worst).toBeLessThanOrEqual(1);
      return;
    }
    expect([...frame.pixels.slice(0, entry.first.length)]).toEqual(entry.first);
    expect(pixelHash(frame.pixels)).toBe(entry.sha256);
  });

  test.each(decoded)("$file page $page has its pixel size", async (entry) => {
    const { pixelSizeNm } = await decodeImage(bytesOf(entry.file), entry.page);
    if (entry.pixelSizeNm === null) expect(pixelSizeNm).toBeNull();
    else expect(pixelSizeNm).toBeCloseTo(entry.pixelSizeNm, 6);
  });

  test.each(decoded)("$file is complete as it is", async ({ file, pages }) => {
    expect(await inspectImage(bytesSource(bytesOf(file)))).toMatchObject({ state: "complete", pages });
  });

  test.each(decoded)("$file page $page is decoded from memory that is not aligned", async ({ file, page }) => {
    const bytes = bytesOf(file);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const [plain, odd] = [await decodeImage(bytes, page), await decodeImage(shifted.subarray(1), page)];
    expect(pixelHash(odd.pixels)).toBe(pixelHash(plain.pixels));
  });
});

describe("what is not a grey image that can be read is refused by name", () => {
  test.each(rejected)("$file: $rejected", async ({ file, page, rejected: reason }) => {
    expect(await reasonOf(decodeImage(bytesOf(file), page))).toBe(reason);
  });

  test("a page that a file does not have", async () => {
    expect(await reasonOf(decodeImage(bytesOf("series.tif"), 3))).toBe("corrupt");
    expect(await reasonOf(decodeImage(bytesOf("grey8_filter0.png"), 1))).toBe("corrupt");
    expect(await reasonOf(decodeImage(bytesOf("baseline.jpg"), 1))).toBe("corrupt");
  });
});
