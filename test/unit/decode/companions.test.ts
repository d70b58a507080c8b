/** Formats of more than one file: raw samples and their description, EMI and SER, MIB and HDR. */
import { copyFile, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Frame } from "../../../src/stream/base/frame.js";
import type { Inspection } from "../../../src/stream/decode/format.js";
import { inspectImage, openImage } from "../../../src/stream/decode/resolve.js";
import { openFrameFile } from "../../../src/stream/source/folder/frame-file.js";
import { reasonOf } from "../../support/decode.js";

const FIXTURES = new URL("fixtures/instruments/", import.meta.url).pathname;
let dir = "";

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "ostwald-companions-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function inspect(name: string): Promise<Inspection> {
  const file = await openFrameFile(join(dir, name));
  return inspectImage(file.source).finally(() => file.close());
}

async function decode(name: string, page = 0): Promise<Frame> {
  const file = await openFrameFile(join(dir, name));
  try {
    return await (await openImage(file.source)).decode(page);
  } finally {
    await file.close();
  }
}

const write = (name: string, content: Uint8Array | object) =>
  writeFile(join(dir, name), content instanceof Uint8Array ? content : JSON.stringify(content));

/** Frames of 3 x 2 px, 16 bit little-endian, that count up from 1. */
const samples = (frames: number) => new Uint8Array(Uint16Array.from({ length: 6 * frames }, (_, i) => i + 1).buffer);
const DESCRIPTION = { ostwaldRaw: 1, widthPx: 3, heightPx: 2, type: "u16" };

describe("raw samples with a description", () => {
  test.each(["frame.bin.json", "frame.json", "raw.json"])("in %s are read", async (name) => {
    await write("frame.bin", samples(1));
    await write(name, { ...DESCRIPTION, pixelSizeNm: 0.5, exposureMs: 2, acquiredAt: "2024-05-31T12:00:00Z" });
    expect(await inspect("frame.bin")).toMatchObject({ state: "complete", pages: 1, doubt: null });
    expect(await decode("frame.bin")).toEqual({
      widthPx: 3,
      heightPx: 2,
      pixels: Uint16Array.of(1, 2, 3, 4, 5, 6),
      pixelSizeNm: 0.5,
      exposureMs: 2,
      acquiredAtMs: Date.parse("2024-05-31T12:00:00Z"),
    });
  });

  test("have an offset, gaps, a byte order, and an interval", async () => {
    const swapped = Buffer.from(samples(1)).swap16();
    await write("a.raw", Buffer.concat([Buffer.alloc(7, 9), swapped, Buffer.alloc(3, 9), swapped]));
    const at = "2024-05-31T12:00:00Z";
    const layout = { offsetBytes: 7, gapBytes: 3, byteOrder: "big", pages: 2, acquiredAt: at, intervalMs: 40 };
    await write("a.json", { ...DESCRIPTION, ...layout });
    expect(await inspect("a.raw")).toMatchObject({ state: "complete", pages: 2, doubt: null });
    expect(await decode("a.raw", 1)).toMatchObject({
      pixels: Uint16Array.of(1, 2, 3, 4, 5, 6),
      acquiredAtMs: Date.parse(at) + 40,
    });
    expect(await reasonOf(decode("a.raw", 2))).toBe("corrupt");
  });

  test("are incomplete until the frames that were promised are there, and doubted where none were", async () => {
    await write("a.raw", samples(2).subarray(0, 20));
    await write("a.json", { ...DESCRIPTION, pages: 2 });
    expect(await inspect("a.raw")).toMatchObject({ state: "incomplete", missing: expect.stringContaining("1 of 2") });
    await write("a.json", DESCRIPTION);
    expect(await inspect("a.raw")).toMatchObject({
      state: "complete",
      pages: 1,
      doubt: expect.stringContaining("more"),
    });
  });

  test("are read when they begin with zeros", async () => {
    await write("a.raw", new Uint8Array(12));
    await write("a.json", DESCRIPTION);
    expect(await inspect("a.raw")).toMatchObject({ state: "complete", doubt: expect.stringContaining("zeros") });
  });

  test.each([
    ["an unknown key", { ...DESCRIPTION, width: 3 }],
    ["a type that is none", { ...DESCRIPTION, type: "u12" }],
    ["a version to come", { ...DESCRIPTION, ostwaldRaw: 2 }],
    ["no height", { ...DESCRIPTION, heightPx: undefined }],
    ["a negative pixel size", { ...DESCRIPTION, pixelSizeNm: -1 }],
  ])("whose description has %s are corrupt", async (_name, description) => {
    await write("a.raw", samples(1));
    await write("a.json", description);
    expect(await inspect("a.raw")).toMatchObject({ state: "unusable", reason: "corrupt" });
  });

  test("whose description promises a frame of 4 TB are too large", async () => {
    await write("a.raw", samples(1));
    await write("a.json", { ...DESCRIPTION, widthPx: 2 ** 21, heightPx: 2 ** 20 });
    expect(await inspect("a.raw")).toMatchObject({ state: "unusable", reason: "too-large" });
  });

  test("any other JSON beside a file describes nothing, and a link is not followed", async () => {
    await write("a.raw", Buffer.from("not an image"));
    await write("a.json", { widthPx: 3 });
    expect(await inspect("a.raw")).toMatchObject({ state: "unusable", reason: "unrecognised-format" });
    await write("elsewhere.json", DESCRIPTION);
    await symlink(join(dir, "elsewhere.json"), join(dir, "b.json"));
    await write("b.raw", Buffer.from("not an image"));
    expect(await inspect("b.raw")).toMatchObject({ state: "unusable", reason: "unrecognised-format" });
  });
});

describe("an EMI", () => {
  const EMI = Buffer.from("4a4b0002000000000", "hex");

  test("is read by the SER beside it", async () => {
    await write("run.emi", EMI);
    await copyFile(join(FIXTURES, "series.ser"), join(dir, "run_1.ser"));
    expect(await inspect("run.emi")).toMatchObject({ state: "complete", pages: 3 });
    expect((await decode("run.emi", 2)).pixels).toEqual((await decode("run_1.ser", 2)).pixels);
  });

  test("of several detectors is read by the first SER of images, and refused where all hold spectra", async () => {
    await write("run.emi", EMI);
    await copyFile(join(FIXTURES, "spectra.ser"), join(dir, "run_1.ser"));
    expect(await inspect("run.emi")).toMatchObject({ state: "unusable", received: "a SER file of spectra" });
    await copyFile(join(FIXTURES, "series.ser"), join(dir, "run_2.ser"));
    expect(await inspect("run.emi")).toMatchObject({ state: "complete", pages: 3 });
    expect((await decode("run.emi", 1)).pixels).toEqual((await decode("run_2.ser", 1)).pixels);
  });

  test("without its SER is refused by the name of what is missing", async () => {
    await write("run.emi", EMI);
    expect(await inspect("run.emi")).toMatchObject({
      reason: "unsupported",
      expected: expect.stringContaining("run_1.ser"),
    });
    expect(await reasonOf(decode("run.emi"))).toBe("unsupported");
  });
});

describe("a MIB", () => {
  test.each([
    ["says as many frames", 2, null],
    ["says more", 3, expect.stringContaining("more")],
  ])("whose HDR %s is taken at once, or waited for", async (_name, frames, doubt) => {
    await copyFile(join(FIXTURES, "u16.mib"), join(dir, "run.mib"));
    await write("run.hdr", Buffer.from(`HDR,\t\r\nFrames in Acquisition (Number):\t${frames}\r\nEnd\t`));
    expect(await inspect("run.mib")).toMatchObject({ state: "complete", pages: 2, doubt });
  });

  test("without one is waited for", async () => {
    await copyFile(join(FIXTURES, "u32.mib"), join(dir, "run.mib"));
    expect(await inspect("run.mib")).toMatchObject({
      state: "complete",
      pages: 1,
      doubt: expect.stringContaining("more"),
    });
  });
});
