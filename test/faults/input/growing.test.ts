/** A series is followed while it is written: each page once, in order, as soon as it is whole, also across a restart. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPayload } from "../../../src/stream/source/folder/read-frame.js";
import type { OfferedFrame } from "../../../src/stream/source/source.js";
import {
  emptyFolder,
  type RecordingSink,
  recordingSink,
  SETTLED_MS,
  startSource,
  until,
} from "../../support/folder.js";
import { appendPages, GROWING_FORMATS, type GrowingFormat, wholeFile } from "../../support/growing.js";
import { pause } from "../../support/waiting.js";

const PLANNED = 8;
const WRITING = { planned: PLANNED, pauseMs: 20 };

/** The page that a frame is, by its first pixel, as the analyzer would read it now. */
async function pageRead({ payload }: OfferedFrame): Promise<number> {
  if (payload.kind !== "file") throw new Error("a folder offers files");
  const { pixels, widthPx, heightPx } = await readPayload(payload);
  // SER and MIB have their first row at the bottom.
  return Math.min(pixels[0] ?? 0, pixels[(heightPx - 1) * widthPx] ?? 0) - 1;
}

/** A sink that reads each frame when it is offered, and drops what was recorded before. */
function readingSink(recorded: readonly string[] = []): RecordingSink & { readonly pages: number[] } {
  const pages: number[] = [];
  const sink = recordingSink(async (frame) => void pages.push(await pageRead(frame)));
  return {
    ...sink,
    pages,
    offer: async (frame) => {
      if (!recorded.includes(frame.key)) await sink.offer(frame);
    },
    lastRecorded: (prefix) =>
      recorded
        .filter((key) => key.startsWith(prefix))
        .toSorted()
        .at(-1),
  };
}

const counting = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe.each(GROWING_FORMATS.map((format) => [format.name, format] as const))("a growing %s", (_, format) => {
  it("is taken page by page, each once and in order, long before its end", async () => {
    const dir = await emptyFolder();
    const sink = readingSink();
    await startSource(dir, sink);
    let offeredHalfWay = 0;
    await appendPages(join(dir, "movie"), format, { ...WRITING, to: PLANNED / 2 });
    offeredHalfWay = sink.offered.length;
    await appendPages(join(dir, "movie"), format, { ...WRITING, from: PLANNED / 2 });
    await until("all pages", () => sink.pages.length >= PLANNED);
    await pause(SETTLED_MS);
    expect(sink.pages).toEqual(counting(0, PLANNED));
    expect(new Set(sink.offered.map(({ key }) => key)).size).toBe(PLANNED);
    expect(offeredHalfWay).toBeGreaterThanOrEqual(PLANNED / 2 - 2);
    expect(sink.rejections).toEqual([]);
  });

  it("that its writer leaves for longer than any time limit, and then goes on with, loses and doubles nothing", async () => {
    const dir = await emptyFolder();
    const sink = readingSink();
    await startSource(dir, sink);
    await appendPages(join(dir, "movie"), format, { ...WRITING, to: 3 });
    await until("three pages", () => sink.pages.length === 3);
    await pause(2 * SETTLED_MS);
    await appendPages(join(dir, "movie"), format, { ...WRITING, from: 3 });
    await until("all pages", () => sink.pages.length >= PLANNED);
    await pause(SETTLED_MS);
    expect(sink.pages).toEqual(counting(0, PLANNED));
  });

  it("that is half-way through a page for long, also across a restart, gives each page once", async () => {
    const dir = await emptyFolder();
    const path = join(dir, "movie");
    const sink = readingSink();
    const source = await startSource(dir, sink);
    await appendPages(path, format, { ...WRITING, to: 1 });
    await until("the first page", () => sink.pages.length === 1);
    await appendPages(path, format, { ...WRITING, from: 1, to: 1, endsHalfWay: true });
    await pause(SETTLED_MS);
    expect(sink.pages).toEqual([0]);
    await source.close();
    const second = readingSink(sink.offered.map(({ key }) => key));
    await startSource(dir, second);
    await pause(SETTLED_MS);
    // The writer begins the page again, and pauses for long enough that the file, as long as before, is looked at.
    await appendPages(path, format, { ...WRITING, from: 1, pauseMs: 60 });
    await until("the other pages", () => second.pages.length >= PLANNED - 1);
    await pause(SETTLED_MS);
    expect(second.pages).toEqual(counting(1, PLANNED));
  });

  it("that grew while the daemon was not there goes on where that ended", async () => {
    for (const before of [1, 3]) {
      const dir = await emptyFolder();
      const path = join(dir, `movie_${before}`);
      const first = readingSink();
      const source = await startSource(dir, first);
      await appendPages(path, format, { ...WRITING, to: before });
      await until("the first pages", () => first.pages.length === before);
      await source.close();
      const recorded = first.offered.map(({ key }) => key);
      await appendPages(path, format, { ...WRITING, from: before, to: PLANNED - 1 });
      const second = readingSink(recorded);
      const again = await startSource(dir, second);
      await appendPages(path, format, { ...WRITING, from: PLANNED - 1 });
      await until("the other pages", () => second.pages.length >= PLANNED - before);
      await pause(SETTLED_MS);
      expect(second.pages.slice(-(PLANNED - before)), `${before} pages before`).toEqual(counting(before, PLANNED));
      await again.close();
      expect(second.rejections).toEqual([]);
    }
  });
});

describe("a file of the same name", () => {
  const [format] = GROWING_FORMATS as readonly [GrowingFormat];

  it("that is written anew with another series is taken from its beginning", async () => {
    const dir = await emptyFolder();
    const sink = recordingSink();
    await startSource(dir, sink);
    const whole = await wholeFile(format, 3);
    await writeFile(join(dir, "movie"), whole);
    await until("the first series", () => sink.offered.length === 3);
    await writeFile(join(dir, "movie"), whole.fill(9, 1_024));
    await until("the second", () => sink.offered.length === 6);
    expect(new Set(sink.offered.map(({ key }) => key)).size).toBe(6);
  });
});

describe("a writer process", () => {
  const [format] = GROWING_FORMATS as readonly [GrowingFormat];
  const SCRIPT = `
    const fs = require("node:fs");
    const [source, target] = process.argv.slice(1);
    const bytes = fs.readFileSync(source);
    const out = fs.openSync(target, "w");
    let at = 0;
    setInterval(() => { at += fs.writeSync(out, bytes, at, Math.min(1500, bytes.length - at), at); }, 8);`;

  it("that is killed half-way leaves the pages that are whole, and one refusal that names the next", async () => {
    const dir = await emptyFolder();
    const from = join(await emptyFolder(), "whole");
    await writeFile(from, await wholeFile(format, PLANNED));
    const sink = readingSink();
    await startSource(dir, sink);
    const writer = spawn(process.execPath, ["-e", SCRIPT, from, join(dir, "movie.mrc")], { stdio: "inherit" });
    await until("some pages", () => sink.pages.length >= 4);
    writer.kill("SIGKILL");
    await once(writer, "exit");
    await until("the refusal", () => sink.rejections.length > 0);
    const { length } = sink.pages;
    expect(sink.pages).toEqual(counting(0, length));
    expect(length).toBeLessThan(PLANNED);
    expect(sink.rejections).toEqual([
      { key: expect.any(String), label: `movie.mrc#${length + 1}`, reason: "incomplete" },
    ]);
  });

  it("that allocates the whole file and ends half-way leaves no frames of zeros", async () => {
    const dir = await emptyFolder();
    const sink = readingSink();
    await startSource(dir, sink);
    const whole = await wholeFile(format, PLANNED);
    const file = await open(join(dir, "movie.mrc"), "w");
    await file.truncate(whole.length);
    // The header and three pages and a half.
    const pageBytes = (whole.length - 1_024) / PLANNED;
    for (let at = 0; at < 1_024 + 3.5 * pageBytes; at += 1_024) {
      await file.write(whole, at, Math.min(1_024, 1_024 + 3.5 * pageBytes - at), at);
      await pause(15);
    }
    await file.close();
    await until("the refusal", () => sink.rejections.length > 0);
    expect(sink.pages).toEqual([0, 1, 2]);
    expect(sink.rejections).toMatchObject([{ label: "movie.mrc#4", reason: "incomplete" }]);
  });
});
