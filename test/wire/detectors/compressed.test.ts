/** Compressed samples and CBOR, against bytes that HDF5's own filters, LZ4's library and cbor2 made (fixtures/generate.py). */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { decompress } from "../../../src/stream/decode/compressed.js";
import { CborTag, type CborValue, decodeCbor } from "../../../src/stream/source/dectris/cbor.js";
import { DetectorStreamError } from "../../../src/stream/source/detector/errors.js";
import { reasonOf } from "../../support/decode.js";
import { fromBase64, GOLDEN } from "../../support/detector-messages.js";

/** Why samples are refused. */
const refusal = (...args: Parameters<typeof decompress>) => reasonOf(Promise.resolve().then(() => decompress(...args)));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("samples that a detector compressed", () => {
  test.each(GOLDEN.compressed)("$name", ({ compression, bytes, size, sha256: expected }) => {
    expect(sha256(decompress(fromBase64(bytes), compression, size))).toBe(expected);
  });

  test.each(GOLDEN.compressed)("$name: one byte less, one more, another size", async ({ compression, bytes, size }) => {
    const whole = fromBase64(bytes);
    const attempt = (data: Uint8Array, toSize: number) => refusal(data, compression, toSize);
    expect(await attempt(whole.subarray(0, -1), size)).toBe("corrupt");
    expect(await attempt(Buffer.concat([whole, Buffer.of(0x10)]), size)).toBe("corrupt");
    expect(await attempt(whole, size + 1)).toBe("corrupt");
    expect(await attempt(whole, size - 1)).toBe("corrupt");
  });

  test("a few bytes that promise a huge frame are refused before it is allocated", async () => {
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusal(Buffer.alloc(64), { kind: "lz4-block" }, 2 ** 28)).toBe("corrupt");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
  });
});

/** A value as the generator writes it down. */
function plain(value: CborValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, of]) => [name, plain(of)]));
  if (value instanceof CborTag) return plain(value.value);
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  return Array.isArray(value) ? value.map(plain) : value;
}

describe("CBOR", () => {
  test.each(GOLDEN.cbor)("$hex", ({ hex, value }) => {
    expect(plain(decodeCbor(Buffer.from(hex, "hex")))).toEqual(value);
  });

  test.each([
    ["nothing", ""],
    ["bytes after the value", "0000"],
    ["a string that ends too early", "6461"],
    ["an array of 2^32 items", "9affffffff"],
    ["an array of 2^64 items", "9bffffffffffffffff"],
    ["a reserved kind", "1c"],
    ["an end without a beginning", "ff"],
    ["a map with half an entry", "a161ff"],
    ["a map whose last entry has no value", "bf6161ff"],
    ["text that is not UTF-8", "61ff"],
    ["a key that is an array", "a18000"],
    ["pieces of text among bytes", "5f6161ff"],
    ["100 levels", `${"81".repeat(100)}00`],
    ["100 levels without length", "9f".repeat(100)],
    ["two million values", `9a001e8480${"00".repeat(2_000_000)}`],
  ])("%s is refused", (_, hex) => {
    expect(() => decodeCbor(Buffer.from(hex, "hex"))).toThrow(DetectorStreamError);
  });
});
