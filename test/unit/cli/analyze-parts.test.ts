import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inOrder } from "../../../src/daemon/cli/analyze/in-order.js";
import { listInputs } from "../../../src/daemon/cli/analyze/inputs.js";
import { outputFormat } from "../../../src/daemon/cli/analyze/output.js";
import { Summary } from "../../../src/daemon/cli/analyze/summary.js";
import { createProgress, progressText } from "../../../src/daemon/cli/progress.js";
import type { MonotonicMs, UnixMs } from "../../../src/stream/base/units.js";
import type { ByteSource, Inspection } from "../../../src/stream/decode/format.js";
import { createTestIo } from "../../support/cli.js";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "ostwald-inputs-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const onePage = async (): Promise<Inspection> => ({ state: "complete", pages: 1, doubt: null });
const options = { recursive: false, inspect: onePage };

async function touch(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(dir, name, ".."), { recursive: true });
    await writeFile(join(dir, name), "x");
  }
}

const namesOf = (pages: readonly { readonly file: string }[]) => pages.map(({ file }) => relative(dir, file));

describe("listInputs", () => {
  it("lists a folder by name, numbers as numbers, hidden files and subfolders left out", async () => {
    await touch("f10.png", "f2.png", "f1.png", ".hidden.png", "sub/f3.png");
    const { pages } = await listInputs([dir], options);
    expect(namesOf(pages)).toEqual(["f1.png", "f2.png", "f10.png"]);
  });

  it("lists subfolders when asked", async () => {
    await touch("b.png", "a/2.png", "a/1.png");
    const { pages } = await listInputs([dir], { ...options, recursive: true });
    expect(namesOf(pages)).toEqual([join("a", "1.png"), join("a", "2.png"), "b.png"]);
  });

  it("takes a file once, however often and by whatever path it is named", async () => {
    await touch("a.png", "b.png");
    const { pages } = await listInputs([join(dir, "b.png"), dir, join(dir, ".", "b.png")], options);
    expect(namesOf(pages)).toEqual(["b.png", "a.png"]);
  });

  it("leaves out notes, tables and temporary files of a folder, but reads what is named", async () => {
    await touch("a.png", "notes.txt", "results.csv", "b.png.tmp");
    expect(namesOf((await listInputs([dir], options)).pages)).toEqual(["a.png"]);
    expect(namesOf((await listInputs([join(dir, "notes.txt")], options)).pages)).toEqual(["notes.txt"]);
  });

  it("follows links to files, not to folders, and skips links that lead nowhere", async () => {
    await touch("sub/a.png");
    await symlink(join(dir, "sub", "a.png"), join(dir, "link.png"));
    await symlink(dir, join(dir, "circle"));
    await symlink(join(dir, "absent"), join(dir, "dangling.png"));
    const { pages } = await listInputs([dir], { ...options, recursive: true });
    expect(namesOf(pages)).toEqual(["link.png", join("sub", "a.png")]);
  });

  it("gives each page of a file, with the fingerprint of the file", async () => {
    await touch("movie.tif");
    const inspect = async (): Promise<Inspection> => ({ state: "complete", pages: 3, doubt: null });
    const { pages } = await listInputs([dir], { ...options, inspect });
    expect(pages.map(({ page }) => page)).toEqual([0, 1, 2]);
    expect(pages[2]?.payload).toMatchObject({ kind: "file", page: 2, fingerprint: { sizeBytes: 1 } });
  });

  it("reports files that are no complete image, with the reason", async () => {
    await touch("c.png");
    await writeFile(join(dir, "a.bin"), "ab");
    await writeFile(join(dir, "b.png"), "abc");
    const answers: Readonly<Record<number, Inspection>> = {
      2: {
        state: "unusable",
        doubt: null,
        reason: "unrecognised-format",
        received: "a text",
        expected: "an image",
        remedy: "",
      },
      3: { state: "incomplete", missing: "the last 12 bytes" },
    };
    const inspect = async ({ sizeBytes }: ByteSource) => answers[sizeBytes] ?? (await onePage());
    const { pages, rejected } = await listInputs([dir], { ...options, inspect });
    expect(namesOf(pages)).toEqual(["c.png"]);
    expect(rejected.map(({ reason, detail }) => [reason, detail])).toEqual([
      ["unrecognised-format", "received a text; expected an image"],
      ["incomplete", "missing: the last 12 bytes"],
    ]);
  });

  it("lets the reader of headers see the bytes, fewer at the end", async () => {
    await writeFile(join(dir, "a.png"), "0123456789");
    const seen: string[] = [];
    const inspect = async ({ read }: ByteSource) => {
      seen.push(Buffer.from(await read(2, 3)).toString(), Buffer.from(await read(8, 100)).toString());
      return onePage();
    };
    await listInputs([dir], { ...options, inspect });
    expect(seen).toEqual(["234", "89"]);
  });

  it("refuses a path that does not exist", async () => {
    await expect(listInputs([join(dir, "absent")], options)).rejects.toMatchObject({ tag: "Usage" });
  });
});

async function all<Value>(values: AsyncIterable<Value>): Promise<readonly Value[]> {
  const seen: Value[] = [];
  for await (const value of values) seen.push(value);
  return seen;
}

describe("inOrder", () => {
  it("gives results in the order of the inputs, whatever finishes first, never more than the limit at once", async () => {
    let underWay = 0;
    let most = 0;
    const work = async (input: number) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, (7 * input) % 5));
      underWay -= 1;
      return input;
    };
    const inputs = Array.from({ length: 40 }, (_, i) => i);
    expect(await all(inOrder(inputs, 4, work))).toEqual(inputs);
    expect(most).toBe(4);
  });

  it.each([1, 3, 4, 5])("gives all of 4 results with a limit of %i", async (limit) => {
    expect(await all(inOrder([1, 2, 3, 4], limit, async (input) => input))).toEqual([1, 2, 3, 4]);
  });

  it("ends with the first error, and leaves no rejection unhandled", async () => {
    const work = async (input: number) => {
      if (input > 1) throw new RangeError(`input ${input}`);
      return input;
    };
    await expect(all(inOrder([1, 2, 3], 3, work))).rejects.toThrow("input 2");
  });

  it("gives nothing for nothing", async () => {
    expect(await all(inOrder([], 3, async (input) => input))).toEqual([]);
  });
});

describe("outputFormat", () => {
  it("reads the format from the name", () => {
    expect([outputFormat("a.csv", false), outputFormat("a.JSON", false), outputFormat("a.json", true)]).toEqual([
      "csv",
      "json",
      "json",
    ]);
  });

  it.each([
    ["a.xlsx", false],
    ["csv", false],
    ["a.csv", true],
  ])("refuses %s with outlines %s", (path, outlines) => {
    expect(() => outputFormat(path, outlines)).toThrow("expected a name that ends in");
  });
});

describe("progress", () => {
  it("says rate and time left", () => {
    expect(progressText(50, 1000, 2_000)).toBe("50 of 1000 frames, 25.0 frames/s, 0:38 left");
    expect(progressText(1, 8000, 1_000)).toBe("1 of 8000 frames, 1.0 frames/s, 2:13:19 left");
    expect(progressText(3, 3, 0)).toBe("3 of 3 frames, 3000.0 frames/s, 0:00 left");
  });

  const stepped = (isTerminal: boolean) => {
    let nowMs = 0;
    const clock = { unixMs: () => 0 as UnixMs, monotonicMs: () => nowMs as MonotonicMs };
    const io = createTestIo({ isTerminal });
    const progress = createProgress(100, io, clock);
    for (let step = 0; step < 100; step++) {
      nowMs += 120;
      progress.step();
    }
    progress.end();
    return io.err();
  };

  it("is a line every five seconds where nobody can redraw", () => {
    expect(stepped(false).split("\n")).toEqual([
      "42 of 100 frames, 8.3 frames/s, 0:07 left",
      "84 of 100 frames, 8.3 frames/s, 0:02 left",
      "",
    ]);
  });

  it("is a bar on a terminal, gone at the end", () => {
    const text = stepped(true);
    expect(text).toContain("[###############---------------] 50 of 100 frames");
    expect(text).not.toContain("\n");
    expect(text.endsWith("\r\u001b[2K")).toBe(true);
  });
});

describe("Summary", () => {
  it("names every rejected input and counts the reasons", () => {
    const summary = new Summary();
    summary.addFrame(12);
    summary.addFrame(30);
    summary.addRejected({ file: "notes.txt", page: null, reason: "unrecognised-format", detail: "no image" });
    summary.addRejected({ file: "movie.tif", page: 7, reason: "corrupt", detail: "bad strip" });
    expect(summary.text("sizes.csv")).toBe(
      "rejected notes.txt: unrecognised-format (no image)\nrejected movie.tif#7: corrupt (bad strip)\n" +
        "2 frames, 42 particles -> sizes.csv; 2 rejected: unrecognised-format 1, corrupt 1\n",
    );
    expect(summary.hasRejected).toBe(true);
  });

  it("says 0 rejected when all was well", () => {
    const summary = new Summary();
    expect(summary.text("a.csv")).toBe("0 frames, 0 particles -> a.csv; 0 rejected\n");
    expect(summary.hasRejected).toBe(false);
  });
});
