/** When a file is complete, when it may become so, and when it never will. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/stream/base/limits.js";
import { bytesSource } from "../../../src/stream/decode/byte-source.js";
import { decodeImage, formatOf, inspectImage } from "../../../src/stream/decode/resolve.js";
import { countedSource, flatPng, pngFile, reasonOf, tiffFile } from "../../support/decode.js";

const fixtures = new URL("fixtures/", import.meta.url);
const whole = readdirSync(fixtures, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(png|tif|jpg|mrcs?|dm[34]|ser|npy|mib|emd|h5)$/.test(name))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(new URL(name, fixtures))) }));

const inspect = (bytes: Uint8Array) => inspectImage(bytesSource(bytes));

describe("a file that is still being written", () => {
  test.each(whole)("$name is never complete while its end is missing, wherever it is cut", async ({ name, bytes }) => {
    if ((await inspect(bytes)).state === "unusable") return;
    // Some writers put text after the last byte that decoding needs; nothing is missing there.
    const needed = await neededBytes(bytes);
    expect(needed, name).toBeGreaterThan(bytes.length * 0.5);
    for (let length = 0; length < needed; length += 1 + Math.floor(needed / 97)) {
      expect((await inspect(bytes.subarray(0, length))).state, `${length} bytes`).toBe("incomplete");
    }
  });

  /** Length of the shortest part from the start that is complete. */
  async function neededBytes(bytes: Uint8Array): Promise<number> {
    let needed = bytes.length;
    while ((await inspect(bytes.subarray(0, needed - 1))).state === "complete") needed -= 1;
    return needed;
  }

  test.each(whole)(
    "$name, allocated at full size first, is not taken at once before its last data",
    async ({ name, bytes }) => {
      if ((await inspect(bytes)).state === "unusable") return;
      const { length } = bytes;
      // With less than 256 bytes missing, a format that ends with its pixels cannot be told from a frame with a dark corner.
      const latest = /\.(png|jpg|dm[34])$/.test(name) ? length - 1 : (await neededBytes(bytes)) - 256;
      for (const written of [0, 0.1, 0.3, 0.5, 0.7, 0.9].map((share) => Math.floor(share * length))) {
        if (written > latest) continue;
        const partly = new Uint8Array(length);
        partly.set(bytes.subarray(0, written));
        const inspection = await inspect(partly);
        const isHeld = inspection.state === "incomplete" || inspection.doubt !== null;
        expect(isHeld, `${written} of ${length} bytes: ${JSON.stringify(inspection)}`).toBe(true);
      }
    },
  );

  test("a TIFF with zeros where its last data belong is complete but doubted", async () => {
    expect(await inspect(tiffFile([0]))).toMatchObject({
      state: "complete",
      pages: 1,
      doubt: expect.stringContaining("zeros"),
    });
    expect(await inspect(tiffFile([1]))).toMatchObject({ state: "complete", pages: 1, doubt: null });
  });

  test("a series is complete but may grow", async () => {
    expect(await inspect(tiffFile([1, 2, 3]))).toMatchObject({
      state: "complete",
      pages: 3,
      doubt: expect.stringContaining("grow"),
    });
  });

  test("a 0-byte file is incomplete to the watcher and empty to the decoder", async () => {
    expect((await inspect(new Uint8Array(0))).state).toBe("incomplete");
    expect(await reasonOf(decodeImage(new Uint8Array(0)))).toBe("empty");
  });
});

describe("a file that will never be a frame", () => {
  test("text is unrecognised, whatever it is called, and its first words are shown", async () => {
    const inspection = await inspect(Buffer.from("particles: 12, pixel size: 0.5 nm"));
    expect(inspection).toMatchObject({ state: "unusable", reason: "unrecognised-format" });
    expect(inspection).toHaveProperty("received", expect.stringContaining("particles"));
  });

  test.each([
    ["text of three letters", "abc"],
    ["a GIF", "GIF89a"],
  ])("%s is unrecognised", async (_name, text) => {
    expect(await inspect(Buffer.from(text))).toMatchObject({ state: "unusable", reason: "unrecognised-format" });
  });

  test("a 20,000 x 20,000 PNG is too large by its header alone", async () => {
    const header = pngFile({ widthPx: 20_000, heightPx: 20_000, scanlines: new Uint8Array(1) });
    const source = countedSource(Buffer.concat([header, new Uint8Array(100_000)]));
    expect(await inspectImage(source)).toMatchObject({ state: "unusable", reason: "too-large" });
    expect(source.readBytes()).toBeLessThan(2_000);
    expect(await reasonOf(decodeImage(header))).toBe("too-large");
  });

  test("the limits themselves are allowed, one more is not", async () => {
    const edge = LIMITS.frameEdgePx;
    const at = async (widthPx: number, heightPx: number) =>
      (await inspect(pngFile({ widthPx, heightPx, scanlines: new Uint8Array(1) }))).state;
    expect(await at(edge, LIMITS.framePixels / edge)).toBe("complete");
    expect(await at(edge, LIMITS.framePixels / edge + 1)).toBe("unusable");
    expect(await at(edge + 1, 1)).toBe("unusable");
    expect(await at(0, 1)).toBe("unusable");
  });
});

describe("the format is told by the first bytes", () => {
  test.each([
    ["49492a00", "TIFF"],
    ["4d4d002a", "TIFF"],
    ["49492b00", "TIFF"],
    ["4d4d002b", "TIFF"],
    ["89504e470d0a1a0a", "PNG"],
    ["ffd8ffe0", "JPEG"],
  ])("%s is %s", (hex, name) => {
    expect(formatOf(Buffer.from(hex, "hex"))?.name).toMatch(new RegExp(`^${name}`));
  });

  test.each(["", "49492a", "49492c00", "89504e470d0a1a", "ffd8"])("%s is none", (hex) => {
    expect(formatOf(Buffer.from(hex, "hex"))).toBeNull();
  });
});

test("bytes after the end of a PNG do not matter", async () => {
  const png = Buffer.concat([flatPng(9), Buffer.from("appended by a tool")]);
  expect(await inspect(png)).toMatchObject({ state: "complete", pages: 1, doubt: null });
  expect((await decodeImage(png)).pixels[0]).toBe(9);
});
