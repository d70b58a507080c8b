/** What a folder source takes, in which order, and what it leaves alone. */
import { mkdir, rename, symlink, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createFolderSource } from "../../../src/stream/source/folder/folder-source.js";
import { FolderUnusableError } from "../../../src/stream/source/folder/usable-folder.js";
import type { OfferedFrame } from "../../../src/stream/source/source.js";
import { flatPng, tiffFile } from "../../support/decode.js";
import { emptyFolder, levelOf, recordingSink, SETTLED_MS, startSource, until } from "../../support/folder.js";
import { pause } from "../../support/waiting.js";

const labels = (frames: readonly { readonly label: string }[]) => frames.map(({ label }) => label);

describe("what is taken", () => {
  test("a frame that appears is offered with its path, fingerprint and a key of its own", async () => {
    const dir = await emptyFolder();
    const sink = recordingSink();
    await startSource(dir, sink);
    await writeFile(join(dir, "frame_1.png"), flatPng(7));
    await until("one frame", () => sink.offered.length === 1);
    const [frame] = sink.offered;
    expect(frame).toMatchObject({
      label: "frame_1.png",
      payload: { kind: "file", path: join(dir, "frame_1.png"), page: 0 },
    });
    expect(await levelOf(frame as OfferedFrame)).toBe(7);
  });

  test("magic decides: an image is taken under any name, text called .tif is refused", async () => {
    const dir = await emptyFolder();
    const sink = recordingSink();
    await startSource(dir, sink);
    await writeFile(join(dir, "image.dat"), flatPng(1));
    await writeFile(join(dir, "png-inside.tif"), flatPng(2));
    await writeFile(join(dir, "text.tif"), "not an image at all");
    await until("two frames, one refusal", () => sink.offered.length === 2 && sink.rejections.length === 1);
    expect(labels(sink.offered).sort()).toEqual(["image.dat", "png-inside.tif"]);
    expect(sink.rejections).toMatchObject([{ label: "text.tif", reason: "unrecognised-format" }]);
  });

  test("files that are there at the start: taken or ignored, as asked; an ignored one that changes is taken", async () => {
    const dir = await emptyFolder();
    await writeFile(join(dir, "old.png"), flatPng(1));
    const taking = recordingSink();
    await startSource(dir, taking, { existing: "take" });
    const ignoring = recordingSink();
    await startSource(dir, ignoring, { existing: "ignore" });
    await until("the old file", () => taking.offered.length === 1);
    await writeFile(join(dir, "new.png"), flatPng(2));
    await until("the new file", () => ignoring.offered.length === 1);
    await writeFile(join(dir, "old.png"), flatPng(3, 9));
    await until("the changed file", () => ignoring.offered.length === 2);
    expect(labels(ignoring.offered)).toEqual(["new.png", "old.png"]);
  });

  test("a series is offered page by page, each page when there is room", async () => {
    const dir = await emptyFolder();
    let free = () => {};
    const sink = recordingSink(() => new Promise((resolve) => (free = resolve)));
    await startSource(dir, sink);
    await writeFile(join(dir, "movie.tif"), tiffFile([1, 2, 3]));
    for (const count of [1, 2, 3]) {
      await until(`page ${count}`, () => sink.offered.length === count);
      await pause(30);
      expect(sink.offered).toHaveLength(count);
      free();
    }
    expect(labels(sink.offered)).toEqual(["movie.tif#1", "movie.tif#2", "movie.tif#3"]);
    expect(new Set(sink.offered.map(({ key }) => key)).size).toBe(3);
    expect(await Promise.all(sink.offered.map(levelOf))).toEqual([1, 2, 3]);
  });

  test("files of one listing come oldest first, those of one moment in the order of their numbers", async () => {
    const dir = await emptyFolder();
    const moment = new Date(Date.now() - 60_000);
    for (const name of ["frame_10.png", "frame_2.png", "frame_1.png", "early_99.png"]) {
      await writeFile(join(dir, name), flatPng(1));
      await utimes(join(dir, name), moment, name.startsWith("early") ? new Date(moment.getTime() - 1) : moment);
    }
    const sink = recordingSink();
    await startSource(dir, sink);
    await until("four frames", () => sink.offered.length === 4);
    expect(labels(sink.offered)).toEqual(["early_99.png", "frame_1.png", "frame_2.png", "frame_10.png"]);
  });

  test("subfolders only when asked; new ones are watched, too; labels have slashes", async () => {
    const dir = await emptyFolder();
    await mkdir(join(dir, "a", "b"), { recursive: true });
    await writeFile(join(dir, "a", "b", "deep.png"), flatPng(1));
    const flat = recordingSink();
    await startSource(dir, flat);
    const deep = recordingSink();
    await startSource(dir, deep, { recursive: true });
    await until("the deep file", () => deep.offered.length === 1);
    await mkdir(join(dir, "c"));
    await writeFile(join(dir, "c", "later.png"), flatPng(2));
    await until("the later file", () => deep.offered.length === 2);
    expect(labels(deep.offered)).toEqual(["a/b/deep.png", "c/later.png"]);
    expect(flat.offered).toEqual([]);
  });
});

describe("what is left alone", () => {
  test("temporary, hidden and sidecar names are never opened", async () => {
    const dir = await emptyFolder();
    const names = [
      "a.tmp",
      "a.png.part",
      "b.CRDOWNLOAD",
      "c.png~",
      ".hidden.png",
      "~$c.png",
      "d.png.lock",
      "notes.txt",
      "run.json",
    ];
    for (const name of names) await writeFile(join(dir, name), flatPng(1));
    await mkdir(join(dir, ".cache"));
    await writeFile(join(dir, ".cache", "x.png"), flatPng(1));
    const sink = recordingSink();
    await startSource(dir, sink, { recursive: true });
    await writeFile(join(dir, "real.png"), flatPng(2));
    await until("the real file", () => sink.offered.length === 1);
    await pause(SETTLED_MS);
    expect(labels(sink.offered)).toEqual(["real.png"]);
    expect(sink.rejections).toEqual([]);
  });

  test("a symbolic link is refused and not followed, to a file or to a folder", async () => {
    const [dir, outside] = [await emptyFolder(), await emptyFolder()];
    await writeFile(join(outside, "secret.png"), flatPng(1));
    await symlink(join(outside, "secret.png"), join(dir, "link.png"));
    await symlink(outside, join(dir, "folder-link"));
    const sink = recordingSink();
    await startSource(dir, sink, { recursive: true });
    await until("two refusals", () => sink.rejections.length === 2);
    await pause(SETTLED_MS);
    expect(sink.rejections.map(({ label, reason }) => `${label} ${reason}`).sort()).toEqual([
      "folder-link unsupported",
      "link.png unsupported",
    ]);
    expect(sink.offered).toEqual([]);
  });

  test("a frame replaced by a link after it was offered is not read", async () => {
    const [dir, outside] = [await emptyFolder(), await emptyFolder()];
    await writeFile(join(outside, "secret.png"), flatPng(9));
    const sink = recordingSink();
    await startSource(dir, sink);
    await writeFile(join(dir, "a.png"), flatPng(1));
    await until("the frame", () => sink.offered.length === 1);
    await symlink(join(outside, "secret.png"), join(outside, "link"));
    await rename(join(outside, "link"), join(dir, "a.png"));
    expect(await levelOf(sink.offered[0] as OfferedFrame)).toBe("changed");
  });
});

describe("life of a source", () => {
  test("a folder that does not exist is an error that names it", async () => {
    const dir = join(await emptyFolder(), "missing");
    const source = startSource(dir, recordingSink());
    await expect(source).rejects.toBeInstanceOf(FolderUnusableError);
    await expect(source).rejects.toThrow("missing");
  });

  test("close ends a source that waits for room, gives the same promise twice, and nothing is offered afterwards", async () => {
    const dir = await emptyFolder();
    for (const n of [1, 2, 3]) await writeFile(join(dir, `${n}.png`), flatPng(n));
    const sink = recordingSink(() => new Promise(() => {}));
    const source = await startSource(dir, sink);
    await until("the first frame", () => sink.offered.length === 1);
    const closing = source.close();
    expect(source.close()).toBe(closing);
    await closing;
    await writeFile(join(dir, "4.png"), flatPng(4));
    await pause(100);
    expect(sink.offered).toHaveLength(1);
  });

  test("a source can be closed before it is started", async () => {
    const dir = await emptyFolder();
    const source = createFolderSource({
      dir,
      existing: "take",
      inspect: async () => ({ state: "complete", pages: 1, doubt: null }),
      clock: { unixMs: () => 0 as never, monotonicMs: () => 0 as never },
      settleMs: 0,
      incompleteTimeoutMs: 1,
      pollMs: 20,
    });
    await source.close();
    expect(source.name).toBe(`folder:${dir}`);
    expect(basename(dir)).not.toBe("");
  });

  test("a folder that goes away and comes back is reported, watched on, and its files are not taken twice", async () => {
    const dir = await emptyFolder();
    const [run, aside] = [join(dir, "run"), join(dir, "aside")];
    await mkdir(run);
    await writeFile(join(run, "1.png"), flatPng(1));
    const sink = recordingSink();
    const source = await startSource(run, sink);
    await until("the first frame", () => sink.offered.length === 1);
    await rename(run, aside);
    await until("a failed health", () => source.health().state === "failed");
    await writeFile(join(aside, "2.png"), flatPng(2));
    await rename(aside, run);
    await until("the second frame", () => sink.offered.length === 2);
    await until("health", () => source.health().state === "ok");
    expect(labels(sink.offered)).toEqual(["1.png", "2.png"]);
  });
});
