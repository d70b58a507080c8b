/** Bursts, duplicates, overwriting, deletion, and events that do not come: nothing is lost and nothing counts twice. */
import { linkSync, writeFileSync } from "node:fs";
import { open, rename, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WatchDirectory, WatchListener } from "../../../src/stream/source/folder/watch.js";
import type { OfferedFrame } from "../../../src/stream/source/source.js";
import { flatPng, tiffFile } from "../../support/decode.js";
import { emptyFolder, levelOf, recordingSink, SETTLED_MS, startSource, until } from "../../support/folder.js";
import { pause } from "../../support/waiting.js";

const noEvents: WatchDirectory = () => () => {};

function failing(code: string): WatchDirectory {
  return () => {
    throw Object.assign(new Error(`${code}: no more watches`), { code });
  };
}

/** Events come, and end with an error of the system. */
const dying: WatchDirectory = (_dir, listener) => {
  const timer = setTimeout(() => listener.fail(new Error("EMFILE: too many open files")), 20);
  return () => clearTimeout(timer);
};

const names = (frames: readonly OfferedFrame[]) => frames.map(({ label }) => label).sort();

test("500 files renamed into place are offered once each; their temporary names never", async () => {
  const dir = await emptyFolder();
  const sink = recordingSink();
  await startSource(dir, sink);
  const content = flatPng(3);
  for (let i = 0; i < 500; i++) {
    await writeFile(join(dir, `${i}.png.tmp`), content);
    await rename(join(dir, `${i}.png.tmp`), join(dir, `${i}.png`));
  }
  await until("500 frames", () => sink.offered.length >= 500);
  await pause(SETTLED_MS);
  expect(names(sink.offered)).toEqual(Array.from({ length: 500 }, (_, i) => `${i}.png`).sort());
  expect(sink.rejections).toEqual([]);
});

test("a burst of 5,000 files made while the event loop is blocked loses none", { timeout: 120_000 }, async () => {
  const [dir, elsewhere] = [await emptyFolder(), await emptyFolder()];
  const sink = recordingSink();
  await startSource(dir, sink);
  const original = join(elsewhere, "original.png");
  writeFileSync(original, flatPng(3));
  // Links are made at ten times the rate of files.
  for (let i = 0; i < 5_000; i++) linkSync(original, join(dir, `frame_${i}.png`));
  await until("5,000 frames", () => sink.offered.length >= 5_000, 100_000);
  await pause(SETTLED_MS);
  expect(sink.offered).toHaveLength(5_000);
  expect(new Set(sink.offered.map(({ key }) => key)).size).toBe(5_000);
});

test("a sink that has no room for a while loses nothing", async () => {
  const dir = await emptyFolder();
  const sink = recordingSink(() => pause(4));
  await startSource(dir, sink);
  for (let i = 0; i < 150; i++) await writeFile(join(dir, `${i}.png`), flatPng(1));
  await until("150 frames", () => sink.offered.length === 150);
  await pause(SETTLED_MS);
  expect(new Set(names(sink.offered)).size).toBe(150);
  expect(sink.offered).toHaveLength(150);
});

describe("without file events", () => {
  test.each([
    ["none come (a network share)", noEvents, "ok", ""],
    ["ENOSPC at the start", failing("ENOSPC"), "degraded", "ENOSPC"],
    ["EMFILE at the start", failing("EMFILE"), "degraded", "EMFILE"],
    ["they end later", dying, "degraded", "EMFILE"],
  ] as const)("%s: all files are found by listing, and health says so", async (_name, watch, state, text) => {
    const dir = await emptyFolder();
    const sink = recordingSink();
    const source = await startSource(dir, sink, { watch });
    for (let i = 0; i < 60; i++) {
      await writeFile(join(dir, `${i}.png`), flatPng(1));
      if (i % 10 === 0) await pause(15);
    }
    await until("60 frames", () => sink.offered.length === 60);
    await pause(SETTLED_MS);
    expect(new Set(names(sink.offered)).size).toBe(60);
    expect(source.health().state).toBe(state);
    expect(source.health().detail).toContain(text);
  });

  test("a file overwritten in place is found, too", async () => {
    const dir = await emptyFolder();
    const sink = recordingSink();
    await startSource(dir, sink, { watch: failing("ENOSPC") });
    for (const level of [1, 2, 3]) {
      await writeFile(join(dir, "same.png"), flatPng(level));
      await until(`content ${level}`, () => sink.offered.length === level);
      expect(await levelOf(sink.offered[level - 1] as OfferedFrame)).toBe(level);
    }
  });
});

test("events that are repeated, reordered or false change nothing", async () => {
  const events = fc.sample(
    fc.array(fc.constantFrom("a.png", "b.png", "c.png", "gone.png", "d.png.tmp", null), { maxLength: 40 }),
    { seed: 5, numRuns: 6 },
  );
  for (const order of events) {
    const dir = await emptyFolder();
    const sink = recordingSink();
    let listener: WatchListener | null = null;
    const scripted: WatchDirectory = (_dir, given) => {
      listener = given;
      return () => {};
    };
    await startSource(dir, sink, { watch: scripted });
    for (const name of ["a.png", "b.png", "c.png", "d.png.tmp"]) await writeFile(join(dir, name), flatPng(1));
    for (const name of order) {
      (listener as WatchListener | null)?.wake(name);
      if (name === "b.png") await pause(8);
    }
    await until("three frames", () => sink.offered.length >= 3);
    await pause(150);
    expect(names(sink.offered)).toEqual(["a.png", "b.png", "c.png"]);
    expect(sink.rejections).toEqual([]);
  }
});

describe("overwritten in place 100 times while it is read", () => {
  /** Reads each offered frame as the analyzer does; a frame of two contents makes `levelOf` throw. */
  async function overwriting(
    write: (path: string, level: number) => Promise<void>,
  ): Promise<readonly (number | string)[]> {
    const dir = await emptyFolder();
    const outcomes: (number | string)[] = [];
    const sink = recordingSink(async (frame) => {
      outcomes.push(await levelOf(frame));
    });
    await startSource(dir, sink, { incompleteTimeoutMs: 5_000 });
    const path = join(dir, "live.tif");
    for (let level = 1; level <= 100; level++) {
      await write(path, level);
      await pause((level * 7) % 40);
    }
    await until("the last content", () => outcomes.at(-1) === 100);
    await pause(SETTLED_MS);
    expect(new Set(sink.offered.map(({ key }) => key)).size).toBe(sink.offered.length);
    return outcomes;
  }

  function expectWholeContents(outcomes: readonly (number | string)[]): void {
    const levels = outcomes.filter((outcome) => typeof outcome === "number");
    // Each content at most once, in the order it was written; what was overwritten before it was read has changed.
    expect(levels).toEqual([...new Set(levels)].sort((a, b) => a - b));
    expect(outcomes.every((outcome) => typeof outcome === "number" || outcome === "changed")).toBe(true);
    expect(levels.length).toBeGreaterThan(10);
  }

  test("by a writer that empties the file first: no frame mixes two contents", async () => {
    expectWholeContents(await overwriting((path, level) => writeFile(path, tiffFile([level], 256))));
  });

  test("by a writer that writes over the old bytes in two steps: no frame mixes two contents", async () => {
    const write = async (path: string, level: number) => {
      const bytes = tiffFile([level], 256);
      const file = await open(path, level === 1 ? "w+" : "r+");
      await file.write(bytes, 0, 30_000, 0);
      await file.write(bytes, 30_000, bytes.length - 30_000, 30_000);
      await file.close();
    };
    expectWholeContents(await overwriting(write));
  });

  test("by renaming a new file over it: every content that is offered is whole", async () => {
    const write = async (path: string, level: number) => {
      await writeFile(`${path}.tmp`, tiffFile([level], 64));
      await rename(`${path}.tmp`, path);
    };
    expectWholeContents(await overwriting(write));
  });
});

describe("deleted before it is read", () => {
  test("an offered file that is gone is an outcome: vanished", async () => {
    const dir = await emptyFolder();
    const sink = recordingSink();
    await startSource(dir, sink);
    await writeFile(join(dir, "a.png"), flatPng(1));
    await until("the frame", () => sink.offered.length === 1);
    await unlink(join(dir, "a.png"));
    expect(await levelOf(sink.offered[0] as OfferedFrame)).toBe("vanished");
  });

  test("a file that vanishes while it is unfinished is refused as vanished, once", async () => {
    const dir = await emptyFolder();
    const sink = recordingSink();
    await startSource(dir, sink, { incompleteTimeoutMs: 60_000 });
    await writeFile(join(dir, "half.png"), flatPng(1).subarray(0, 40));
    await pause(100);
    await rm(join(dir, "half.png"));
    await until("the refusal", () => sink.rejections.length === 1);
    await pause(SETTLED_MS);
    expect(sink.rejections).toMatchObject([{ label: "half.png", reason: "vanished" }]);
  });

  test("files deleted at random moments: each that is seen has exactly one outcome", async () => {
    const dir = await emptyFolder();
    const outcomes = new Map<string, number | string>();
    const sink = recordingSink(async (frame) => {
      outcomes.set(frame.key, await levelOf(frame));
    });
    await startSource(dir, sink);
    const waits = fc.sample(fc.nat(60), { seed: 3, numRuns: 80 });
    await Promise.all(
      waits.map(async (wait, i) => {
        const path = join(dir, `${i}.png`);
        await pause(i * 5);
        await writeFile(path, flatPng(1));
        await pause(wait);
        await unlink(path);
      }),
    );
    await pause(SETTLED_MS);
    const seen = [...sink.offered, ...sink.rejections].map(({ key }) => key);
    expect(new Set(seen).size).toBe(seen.length);
    expect([...outcomes.values()].every((outcome) => outcome === 1 || outcome === "vanished")).toBe(true);
    expect(sink.rejections.every(({ reason }) => reason === "vanished")).toBe(true);
    expect(seen.length).toBeGreaterThan(20);
  });
});

test("a name that is used again after its file was deleted is a new frame", async () => {
  const dir = await emptyFolder();
  const sink = recordingSink();
  await startSource(dir, sink);
  for (const level of [1, 2, 3]) {
    await writeFile(join(dir, "latest.png"), flatPng(level));
    await until(`content ${level}`, () => sink.offered.length === level);
    expect(await levelOf(sink.offered[level - 1] as OfferedFrame)).toBe(level);
    await unlink(join(dir, "latest.png"));
    await pause(60);
  }
});
