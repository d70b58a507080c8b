/** `ostwald evaluate` as a user runs it, on frames that `ostwald simulate` wrote with their truth. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCli } from "../support/cli-process.js";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "ostwald-evaluate-"));
  await mkdir(join(dir, "empty"));
  const size = ["--edge-px", "192", "--field-of-view-nm", "192", "--size-nm", "30", "--particles", "5"];
  await ran("simulate", "--into", join(dir, "frames"), "--frames", "2", "--seed", "3", ...size);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function ran(...args: readonly string[]) {
  const cli = startCli(args);
  return { exitCode: await cli.ended, out: cli.out(), err: cli.err() };
}

const frames = () => join(dir, "frames");
const evaluated = (...args: readonly string[]) =>
  ran("evaluate", "--images", frames(), "--segmenter", "threshold", "--filter", "none", ...args);

describe("ostwald evaluate", () => {
  it("finds every simulated particle in its label image, and tells it as table, JSON and page", async () => {
    const [json, html] = [join(dir, "result.json"), join(dir, "result.html")];
    const { exitCode, out, err } = await evaluated("--truth", join(frames(), "truth"), "--json", json, "--html", html);
    expect([exitCode, err]).toEqual([0, ""]);
    expect(out).toMatch(/^image +by +found \/ true/);
    expect(out).toMatch(/frame_000001\.png +masks +5 \/ 5 +0 +100\.0 % +100\.0 % +1\.000/);
    expect(out).toMatch(/\nall +10 \/ 10 /);
    const result = JSON.parse(await readFile(json, "utf8"));
    expect(result).toMatchObject({ formatVersion: 1, segmenter: "Otsu", model: null, leftOut: [] });
    expect(result.total).toMatchObject({
      frames: 2,
      truth: 10,
      reported: 10,
      found: 10,
      f1: 1,
      ap50: 1,
      countError: 0,
    });
    expect(result.total.meanIou).toBeGreaterThan(0.9);
    expect(Math.abs(result.total.ecdBias)).toBeLessThan(0.05);
    const page = await readFile(html, "utf8");
    expect(page.match(/data:image\/png;base64,/g)).toHaveLength(4);
    expect(page.match(/<h3>frame_00000[12]\.png<\/h3>/g)).toHaveLength(2);
    expect(page.match(/<script|https?:\/\//)).toBeNull();
  });

  it("compares boxes with boxes, names what is left out, and then exits with 3", async () => {
    const labels = join(dir, "boxes");
    const truth = JSON.parse(await readFile(join(frames(), "truth", "frame_000001.json"), "utf8"));
    const lines = truth.particles.map(
      ({ xPx, yPx, shape }: { xPx: number; yPx: number; shape: { diameterNm: number } }) =>
        [0, xPx / 192, yPx / 192, shape.diameterNm / 192, shape.diameterNm / 192].join(" "),
    );
    await mkdir(labels);
    await writeFile(join(labels, "frame_000001.txt"), lines.join("\n"));
    await writeFile(join(labels, "frame_000002.txt"), "0 96 96 30 30");
    await writeFile(join(labels, "other.txt"), "");
    const { exitCode, out } = await evaluated("--truth", labels);
    expect(exitCode).toBe(3);
    expect(out).toMatch(/frame_000001\.png +boxes +5 \/ 5 /);
    expect(out).toContain('left out frame_000002.txt: received frame_000002.txt, line 1: "0 96 96 30 30"');
    expect(out).toContain("left out other.txt: no image of this name or number");
  });

  it.each([
    [["--truth", "absent"], "absent (ENOENT"],
    [["--truth", "."], "in which there is no truth"],
    [["--truth", ".", "--truth-format", "svg"], "svg"],
    [[], "required option '--truth <path>' not specified"],
  ])("refuses %j with exit code 2", async (args, received) => {
    const at = args.map((arg) => (arg === "." ? join(dir, "empty") : arg));
    const { exitCode, out, err } = await evaluated(...at);
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toContain(received);
  });

  it("leaves no file behind when it cannot write one", async () => {
    const { exitCode, err } = await evaluated("--truth", join(frames(), "truth"), "--json", join(dir, "no", "x.json"));
    expect(exitCode).toBe(2);
    expect(err).toContain("x.json, which cannot be written");
    expect((await readdir(dir)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
