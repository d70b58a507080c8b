/** Small files that promise much are refused before anything of that size is allocated. */
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bytesSource } from "../../../src/stream/decode/byte-source.js";
import { decodeImage, inspectImage } from "../../../src/stream/decode/resolve.js";
import { greyTags, pngFile, reasonOf, TIFF_HEADER, tiffDirectory } from "../../support/decode.js";

const MB = 1_000_000;

/** A TIFF of one directory with these tags, and `rest` behind it. */
function tiffOf(tags: readonly (readonly [number, number])[], rest: Uint8Array = new Uint8Array(0), next = 0): Buffer {
  return Buffer.concat([TIFF_HEADER, tiffDirectory(tags, next), rest]);
}

const directoryBytes = (tags: readonly (readonly [number, number])[]) => tiffOf(tags).length;

/** The same tags with others replaced or added, in order. */
function withTags(tags: readonly (readonly [number, number])[], changes: readonly (readonly [number, number])[]) {
  return [...new Map([...tags, ...changes])].sort(([a], [b]) => a - b);
}

/** One strip of `data` behind the directory of a page. */
function compressedTiff(edgePx: number, compression: number, data: Uint8Array): Buffer {
  const tags = greyTags(edgePx, edgePx, 0);
  const offset = directoryBytes(tags);
  const changes = [
    [259, compression],
    [273, offset],
    [279, data.length],
  ] as const;
  return tiffOf(withTags(tags, changes), data);
}

const bombs: readonly (readonly [string, () => Uint8Array, string])[] = [
  [
    "a 20,000 x 20,000 PNG",
    () => pngFile({ widthPx: 20_000, heightPx: 20_000, scanlines: new Uint8Array(8) }),
    "too-large",
  ],
  [
    "a PNG of 2^31 x 2^31",
    () => pngFile({ widthPx: 2 ** 31, heightPx: 2 ** 31, scanlines: new Uint8Array(8) }),
    "too-large",
  ],
  [
    "a PNG whose data are far too short",
    () => pngFile({ widthPx: 8_192, heightPx: 8_192, scanlines: new Uint8Array(8) }),
    "corrupt",
  ],
  [
    "a 16-bit RGBA PNG of 537 MB",
    () => pngFile({ widthPx: 8_192, heightPx: 8_192, bitDepth: 16, colourType: 6, scanlines: new Uint8Array(8) }),
    "too-large",
  ],
  [
    "a PNG whose data inflate to more than its header says",
    () => pngFile({ widthPx: 8, heightPx: 8, scanlines: new Uint8Array(20 * MB) }),
    "corrupt",
  ],
  ["a TIFF of 30,000 x 30,000", () => tiffOf(greyTags(30_000, 30_000, 8)), "too-large"],
  [
    "a 216-byte TIFF of 900 MB",
    () => Buffer.concat([tiffOf(greyTags(30_000, 30_000, 8)), Buffer.alloc(90)]).subarray(0, 216),
    "too-large",
  ],
  ["a TIFF of 8,192 x 8,192 in 200 bytes", () => tiffOf(greyTags(8_192, 8_192, 8)), "incomplete"],
  [
    "a deflate TIFF that cannot fill its image",
    () => compressedTiff(8_192, 8, deflateSync(new Uint8Array(8))),
    "corrupt",
  ],
  [
    "a deflate TIFF that inflates to far more than its image",
    () => compressedTiff(8, 8, deflateSync(new Uint8Array(20 * MB))),
    "corrupt",
  ],
  ["an LZW TIFF that cannot fill its image", () => compressedTiff(8_192, 5, new Uint8Array(64).fill(255)), "corrupt"],
  ["a PackBits TIFF that cannot fill its image", () => compressedTiff(8_192, 32773, new Uint8Array(64)), "corrupt"],
  [
    "a TIFF with a tile of 2^32 - 1 px",
    () =>
      tiffOf(
        withTags(greyTags(8, 8, 8), [
          [322, 0xffffffff],
          [323, 0xffffffff],
          [324, 8],
          [325, 8],
        ]),
      ),
    "too-large",
  ],
  [
    "a TIFF with 2^31 strips",
    () => {
      const bytes = tiffOf(greyTags(8, 8, 8));
      bytes.writeUInt32LE(2 ** 31, 8 + 2 + 12 * 5 + 4);
      return bytes;
    },
    "corrupt",
  ],
];

describe.each(bombs)("%s", (_name, make, reason) => {
  test(`is refused as ${reason}, with less than 15 MB of new memory`, async () => {
    const bytes = make();
    const before = process.memoryUsage();
    expect(await reasonOf(decodeImage(bytes))).toBe(reason);
    const after = process.memoryUsage();
    expect(after.external + after.heapUsed - before.external - before.heapUsed).toBeLessThan(15 * MB);
  });
});

describe("directories in a loop", () => {
  const tags = greyTags(8, 8, 8);

  test.each([
    ["on themselves", () => tiffOf(tags, new Uint8Array(0), 8)],
    [
      "of thumbnails, none of which is a page",
      () => {
        const small = withTags(tags, [[254, 1]]);
        return tiffOf(small, tiffDirectory(small, 8), directoryBytes(small));
      },
    ],
    [
      "after a straight part",
      () => {
        const at = (index: number) => 8 + index * (directoryBytes(tags) - 8);
        const parts = [1, 2, 3, 4, 2].map((next) => tiffDirectory(tags, at(next)));
        return Buffer.concat([TIFF_HEADER, ...parts]);
      },
    ],
  ])("%s are corrupt", async (_name, make) => {
    expect(await inspectImage(bytesSource(make()))).toMatchObject({ state: "unusable", reason: "corrupt" });
    expect(await reasonOf(decodeImage(make(), 999_999))).toBe("corrupt");
  });
});
