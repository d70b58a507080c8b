/** A half-written file never yields a frame. */
import { type FileHandle, open, readFile, rename, truncate } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OfferedFrame } from "../../../src/stream/source/source.js";
import { flatPng, tiffFile } from "../../support/decode.js";
import { emptyFolder, levelOf, recordingSink, SETTLED_MS, startSource, until } from "../../support/folder.js";
import { pause } from "../../support/waiting.js";

/** The header of a fixture with its size set to 64 x 64 px at these places, and as many bytes behind it. */
async function enlarged(name: string, headerBytes: number, places: readonly number[]): Promise<Buffer> {
  const header = (await fixture(name)).subarray(0, headerBytes);
  for (const place of places) header.writeUInt32LE(64, place);
  return Buffer.concat([header, Buffer.alloc(64 * 64, 77)]);
}

async function largeNpy(): Promise<Buffer> {
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (64, 64), }".padEnd(117);
  return Buffer.concat([
    Buffer.from("934e554d505901007600", "hex"),
    Buffer.from(`${header}\n`),
    Buffer.alloc(64 * 64, 77),
  ]);
}

const fixture = (name: string) => readFile(new URL(`../../unit/decode/fixtures/${name}`, import.meta.url));

/** Writes `bytes` in pieces that end at `cuts`, with a pause after each that lets the source look. */
async function writeInPieces(file: FileHandle, bytes: Uint8Array, cuts: readonly number[]): Promise<void> {
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    await file.write(bytes, from, to - from, from);
    from = to;
    await pause(30);
  }
}

function evenCuts(length: number, pieces: number): readonly number[] {
  return Array.from({ length: pieces - 1 }, (_, i) => Math.floor(((i + 1) * length) / pieces));
}

describe.each([
  ["TIFF", async () => tiffFile([77], 64)],
  ["PNG", async () => flatPng(77, 64)],
  ["JPEG", () => fixture("baseline.jpg")],
  ["MRC", () => enlarged("instruments/unsigned.mrc", 1_024, [0, 4])],
  ["DM4", () => fixture("instruments/u2_le.dm4")],
  ["SER", () => enlarged("instruments/u1.ser", 126, [118, 122])],
  ["NPY", largeNpy],
  ["EMD", () => fixture("instruments/ncem_columns.emd")],
])("a %s", (name, content) => {
  test("written in 20 pieces is offered once, when it is whole", async () => {
    const dir = await emptyFolder();
    const sink = recordingSink();
    await startSource(dir, sink, { incompleteTimeoutMs: 5_000 });
    const bytes = await content();
    const file = await open(join(dir, "frame"), "w");
    const writing = writeInPieces(file, bytes, evenCuts(bytes.length, 20));
    while (sink.offered.length === 0) await pause(2);
    await writing;
    await file.close();
    await pause(SETTLED_MS);
    expect(sink.offered).toHaveLength(1);
    expect(sink.rejections).toEqual([]);
    expect(sink.offered[0]?.payload).toMatchObject({ fingerprint: { sizeBytes: bytes.length } });
  });

  test("allocated at full size first is offered once, when it is whole", async () => {
    const dir = await emptyFolder();
    const sink = recordingSink();
    await startSource(dir, sink, { quietMs: 1_000, incompleteTimeoutMs: 5_000 });
    const bytes = await content();
    const file = await open(join(dir, "frame"), "w");
    await file.truncate(bytes.length);
    await pause(30);
    await writeInPieces(file, bytes, evenCuts(bytes.length, 12));
    await file.close();
    await until("the frame", () => sink.offered.length > 0);
    await pause(SETTLED_MS);
    expect(sink.offered).toHaveLength(1);
    expect(sink.rejections).toEqual([]);
    if (!["JPEG", "DM4", "EMD"].includes(name)) expect(await levelOf(sink.offered[0] as OfferedFrame)).toBe(77);
  });

  test("whose writer dies half-way is refused once as incomplete; finished later, it is taken", async () => {
    const dir = await emptyFolder();
    const sink = recordingSink();
    await startSource(dir, sink);
    const bytes = await content();
    const file = await open(join(dir, "frame"), "w");
    await file.write(bytes, 0, Math.floor(bytes.length / 2), 0);
    await until("the refusal", () => sink.rejections.length === 1);
    await pause(SETTLED_MS);
    expect(sink.rejections).toMatchObject([{ label: "frame", reason: "incomplete" }]);
    await file.write(bytes, 0, bytes.length, 0);
    await file.close();
    await until("the frame", () => sink.offered.length === 1);
  });
});

test("a 0-byte file is refused once as empty", async () => {
  const dir = await emptyFolder();
  const sink = recordingSink();
  await startSource(dir, sink);
  await (await open(join(dir, "frame.png"), "w")).close();
  await until("the refusal", () => sink.rejections.length === 1);
  await pause(SETTLED_MS);
  expect(sink.rejections).toMatchObject([{ reason: "empty" }]);
});

test("writers of any pieces, in any format, together: each file is offered once and whole", async () => {
  const dir = await emptyFolder();
  const sink = recordingSink();
  await startSource(dir, sink, { quietMs: 1_500, incompleteTimeoutMs: 10_000 });
  const plans = fc.sample(
    fc.record({
      level: fc.integer({ min: 1, max: 255 }),
      tiff: fc.boolean(),
      cuts: fc.array(fc.nat(999), { maxLength: 6 }),
    }),
    { seed: 11, numRuns: 40 },
  );
  await Promise.all(
    plans.map(async ({ level, tiff, cuts }, i) => {
      const bytes = tiff ? tiffFile([level], 40) : flatPng(level, 40);
      const file = await open(join(dir, `f${i}`), "w");
      const places = cuts.map((cut) => Math.floor((cut * bytes.length) / 1000)).sort((a, b) => a - b);
      await writeInPieces(file, bytes, places);
      await file.close();
    }),
  );
  await until("all frames", () => sink.offered.length === plans.length);
  await pause(SETTLED_MS);
  const levels = await Promise.all(
    sink.offered.map(async (frame) => [Number(frame.label.slice(1)), await levelOf(frame)] as const),
  );
  expect(new Map(levels)).toEqual(new Map(plans.map(({ level }, i) => [i, level])));
  expect(sink.rejections).toEqual([]);
});

test("a frame with a dark end is taken when it has rested", async () => {
  const dir = await emptyFolder();
  const sink = recordingSink();
  await startSource(dir, sink);
  const file = await open(join(dir, "dark.tif"), "w");
  await file.write(tiffFile([0], 32));
  await file.close();
  await until("the frame", () => sink.offered.length === 1);
  expect(await levelOf(sink.offered[0] as OfferedFrame)).toBe(0);
});

test("a series that its writer appends to page by page is taken once, whole", async () => {
  const dir = await emptyFolder();
  const sink = recordingSink();
  await startSource(dir, sink, { quietMs: 500, incompleteTimeoutMs: 1_000 });
  const bytes = tiffFile([1, 2, 3, 4, 5], 16);
  const path = join(dir, "movie.tif");
  const file = await open(path, "w");
  await writeInPieces(file, bytes, evenCuts(bytes.length, 10));
  await file.close();
  await until("all pages", () => sink.offered.length === 5);
  await pause(SETTLED_MS);
  expect(sink.offered.map(({ label }) => label)).toEqual([1, 2, 3, 4, 5].map((page) => `movie.tif#${page}`));
  // Cut and moved: the new name is a new content, and incomplete.
  await truncate(path, bytes.length - 1);
  await rename(path, join(dir, "cut.tif"));
  await until("the refusal", () => sink.rejections.some(({ reason }) => reason === "incomplete"));
});
