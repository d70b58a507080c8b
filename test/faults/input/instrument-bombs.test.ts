/** Small files of instruments that promise much are refused before anything of that size is allocated. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bytesSource } from "../../../src/stream/decode/byte-source.js";
import { decodeImage, inspectImage } from "../../../src/stream/decode/resolve.js";
import { reasonOf } from "../../support/decode.js";

const MB = 1_000_000;
const fixture = (name: string) =>
  Buffer.from(readFileSync(new URL(`../../unit/decode/fixtures/instruments/${name}`, import.meta.url)));

/** A fixture with numbers of 32 bit replaced, little-endian. */
function withWords(name: string, ...changes: readonly (readonly [at: number, value: number])[]): Buffer {
  const bytes = fixture(name);
  for (const [at, value] of changes) bytes.writeUInt32LE(value, at);
  return bytes;
}

/** A fixture with a text replaced by one of the same length. */
function withText(name: string, old: string, changed: string): Buffer {
  const bytes = fixture(name);
  const at = bytes.indexOf(old);
  if (at < 0 || old.length !== changed.length) throw new Error(`${name} has no ${old}`);
  bytes.write(changed, at, "latin1");
  return bytes;
}

/** An NPY of this shape without data. */
function npy(shape: string): Buffer {
  const header = `{'descr': '<f8', 'fortran_order': True, 'shape': (${shape}), }`.padEnd(117);
  return Buffer.concat([Buffer.from("934e554d505901007600", "hex"), Buffer.from(`${header}\n`)]);
}

const bombs: readonly (readonly [string, () => Uint8Array, string])[] = [
  ["an MRC of 30,000 x 30,000", () => withWords("mode1.mrc", [0, 30_000], [4, 30_000]), "too-large"],
  ["an MRC of 8,000 x 8,000 in 1 kB", () => withWords("mode1.mrc", [0, 8_000], [4, 8_000]), "incomplete"],
  ["an MRC with an extended header of 2 GB", () => withWords("mode1.mrc", [92, 2 ** 31 - 1]), "incomplete"],
  ["a SER image of 30,000 x 30,000", () => withWords("u1.ser", [118, 30_000], [122, 30_000]), "too-large"],
  ["an NPY of 10^9 x 10^9", () => npy("1000000000, 1000000000"), "too-large"],
  ["an NPY of 10^12 pages", () => npy("1000000, 1000000, 8, 8"), "too-large"],
  ["an NPY of 8,000 x 4,000 in 128 bytes", () => npy("4000, 8000"), "incomplete"],
  ["a MIB of 9,999 x 9,999", () => withText("u16.mib", "0064,0064", "9999,9999"), "too-large"],
  ["an HDF5 that ends where it has not", () => fixture("velox.emd").subarray(0, 4_000), "incomplete"],
];

describe.each(bombs)("%s", (_name, make, reason) => {
  test(`is refused as ${reason}, with less than 15 MB of new memory`, async () => {
    const bytes = make();
    const before = process.memoryUsage();
    expect(await reasonOf(decodeImage(bytes))).toBe(reason);
    expect((await inspectImage(bytesSource(bytes))).state).not.toBe("complete");
    const after = process.memoryUsage();
    expect(after.external + after.heapUsed - before.external - before.heapUsed).toBeLessThan(15 * MB);
  });
});

test("a DM file whose tags count four thousand million is refused as corrupt", async () => {
  const bytes = fixture("u2_le.dm3");
  bytes.writeUInt32BE(0xffffffff, 14);
  expect(await reasonOf(decodeImage(bytes))).toBe("corrupt");
});

test("an HDF5 chunk of 800 MB is refused as too large", async () => {
  // 100 x 100 px in one chunk of 10,000 x 10,000 f64: 800 MB, none of it stored.
  const bytes = fixture("chunk_bomb.h5");
  expect(await reasonOf(decodeImage(bytes))).toBe("too-large");
});
