import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../../../src/daemon/cli/program.js";
import { createTestIo } from "../../support/cli.js";
import { until } from "../../support/cli-process.js";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "ostwald-cli-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function ran(...args: readonly string[]) {
  const io = createTestIo();
  const exitCode = await runCli(args, io);
  return { exitCode, out: io.out(), err: io.err() };
}

const SMALL = ["--edge-px", "64", "--field-of-view-nm", "64", "--size-nm", "10", "--particles", "3"];

describe("ostwald", () => {
  it.each([["--help"], ["help"], ["watch", "--help"], ["help", "analyze"]])(
    "prints help for %s %s and exits with 0",
    async (...args) => {
      const { exitCode, out, err } = await ran(...args.filter((arg) => arg !== undefined));
      expect([exitCode, err]).toEqual([0, ""]);
      expect(out).toMatch(/^Usage: ostwald /);
    },
  );

  it("prints its version", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8"));
    expect(await ran("--version")).toEqual({ exitCode: 0, out: `${version}\n`, err: "" });
  });

  it.each([
    [["wacth", "dir"], "an unknown command wacth", "Did you mean `ostwald watch`?"],
    [["watch"], "missing required argument 'dir'", "See `ostwald watch --help`."],
    [["watch", "a", "b"], "too many arguments", "See `ostwald watch --help`."],
    [["watch", "a", "--nlmh", "3"], "unknown option '--nlmh'", "Did you mean --nlm-h?"],
    [["watch", "a", "--nlm-h"], "option '--nlm-h <number>' argument missing", "See `ostwald watch --help`."],
    [["--prot", "80"], "unknown option '--prot'", "Did you mean --port?"],
    [["analyze", "a.tif"], "required option '--out <file>' not specified", "See `ostwald analyze --help`."],
    [["analyze", "a.tif", "--out", "a.xlsx"], "--out a.xlsx", "Name such a file."],
    [["analyze", "absent.tif", "--out", "a.csv"], "absent.tif (ENOENT", "Correct the path."],
    [["watch", "a", "--filter", "nml"], "--filter nml", "Did you mean nlm?"],
    [["watch", "a", "--config", "absent.toml"], "absent.toml that cannot be read", "Correct the path after --config"],
    [["simulate", "--into", "x", "--frames", "-1"], "--frames -1", "Correct --frames: number of frames"],
    [["simulate", "--into", "x", "--movie", "--shap", "rod"], "unknown option '--shap'", "Did you mean --shape?"],
  ])("refuses %j with exit code 2 and three lines", async (args, received, remedy) => {
    const { exitCode, out, err } = await ran(...args);
    expect([exitCode, out]).toEqual([2, ""]);
    const [first, second, third, ...rest] = err.split("\n");
    expect(first).toContain("received:   ");
    expect(first).toContain(received);
    expect(second).toMatch(/^expected: {3}\S/);
    expect(third).toContain(`what to do: ${remedy}`);
    expect(rest).toEqual([""]);
  });

  it("tells each of several problems in three lines", async () => {
    const { exitCode, err } = await ran("watch", dir, "--nlm-h", "100", "--port", "http");
    expect(exitCode).toBe(2);
    expect(err.split("\n\n")).toHaveLength(2);
  });

  it("refuses a folder without files, by name", async () => {
    const { exitCode, err } = await ran("analyze", dir, "--out", join(dir, "a.csv"));
    expect(exitCode).toBe(2);
    expect(err).toContain(`received:   ${dir}, where there is no file`);
  });
});

describe("ostwald simulate", () => {
  it("writes frames and their truth", async () => {
    const into = join(dir, "frames");
    const { exitCode, out } = await ran("simulate", "--into", into, "--frames", "2", ...SMALL);
    expect([exitCode, out]).toEqual([0, `2 frames in ${into}\n`]);
    expect(await readdir(into)).toEqual(["frame_000001.png", "frame_000002.png", "truth"]);
    const truth = JSON.parse(await readFile(join(into, "truth", "frame_000002.json"), "utf8"));
    expect(truth.particles).toHaveLength(3);
    const [first, second] = await Promise.all(
      ["frame_000001.png", "frame_000002.png"].map((name) => readFile(join(into, name))),
    );
    expect(first).not.toEqual(second);
  });

  it.each([[[]], [["--movie"]]])("writes the same bytes for the same seed %j", async (flags) => {
    const bytesOf = async (name: string, seed: string) => {
      const into = join(dir, name);
      await ran("simulate", "--into", into, "--frames", "3", "--seed", seed, "--format", "tiff", ...flags, ...SMALL);
      return readFile(join(into, "frame_000003.tif"));
    };
    const [a, b, c] = [await bytesOf("a", "5"), await bytesOf("b", "5"), await bytesOf("c", "6")];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it("keeps the newest frames only, when asked", async () => {
    await ran("simulate", "--into", dir, "--frames", "5", "--keep", "2", "--no-truth", ...SMALL);
    expect(await readdir(dir)).toEqual(["frame_000004.png", "frame_000005.png"]);
  });

  it("goes on until it is asked to end, and then exits with 0", async () => {
    const io = createTestIo();
    const running = runCli(["simulate", "--into", dir, "--frames", "0", "--rate", "100", "--no-truth", ...SMALL], io);
    await Promise.race([running, until(async () => (await readdir(dir)).length >= 3)]);
    io.end();
    expect([await running, io.err()]).toEqual([0, ""]);
  });

  it("exits with 130 when it is interrupted before its last frame", async () => {
    const io = createTestIo();
    io.end();
    expect(await runCli(["simulate", "--into", dir, "--frames", "5", ...SMALL], io)).toBe(130);
  });

  it("refuses what cannot be simulated or written with exit code 2", async () => {
    expect((await ran("simulate", "--into", dir, "--size-nm", "900")).exitCode).toBe(2);
    expect((await ran("simulate", "--into", dir, "--depth", "float", "--frames", "1", ...SMALL)).err).toContain(
      "float",
    );
    expect((await ran("simulate", "--into", "/dev/null/x", "--frames", "1", ...SMALL)).exitCode).toBe(2);
  });
});
