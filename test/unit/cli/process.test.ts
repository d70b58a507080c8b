import { once } from "node:events";
import { link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCli, until } from "../../support/cli-process.js";

const THRESHOLD = ["--segmenter", "threshold", "--gpu", "off", "--provider", "cpu"];

let dir = "";
let frames = "";

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "ostwald-process-"));
  frames = join(dir, "frames");
  const made = startCli([
    "simulate",
    "--into",
    frames,
    "--frames",
    "3",
    "--edge-px",
    "256",
    "--field-of-view-nm",
    "512",
  ]);
  expect([await made.ended, made.err()]).toEqual([0, ""]);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe("ostwald analyze", () => {
  it("finds and sizes every simulated particle, in nm, and exits with 0", async () => {
    const out = join(dir, "sizes.csv");
    const run = startCli(["analyze", frames, "--out", out, "--filter", "none", ...THRESHOLD]);
    expect([await run.ended, run.out()]).toEqual([0, ""]);
    expect(run.err()).toContain(`3 frames, 72 particles -> ${out}; 0 rejected\n`);
    const [header = "", ...rows] = (await readFile(out, "utf8")).trim().split("\n");
    expect(rows).toHaveLength(72);
    const column = header.split(",").indexOf("ecd_nm");
    const sizes = rows.map((row) => Number(row.split(",")[column])).toSorted((a, b) => a - b);
    expect(sizes[36]).toBeGreaterThan(45);
    expect(sizes[36]).toBeLessThan(55);
  });

  it("rejects what is no image with its reason, does the rest, and exits with 3", async () => {
    const text = join(dir, "notes.tif");
    const empty = join(dir, "empty.png");
    await Promise.all([writeFile(text, "no image"), writeFile(empty, "")]);
    const out = join(dir, "results.json");
    const run = startCli(["analyze", text, empty, frames, "--out", out, "--outlines", ...THRESHOLD]);
    expect(await run.ended).toBe(3);
    expect(run.err()).toContain("2 rejected: unrecognised-format 1, empty 1\n");
    const results = JSON.parse(await readFile(out, "utf8"));
    expect(results.frames).toHaveLength(3);
    expect(results.rejected).toMatchObject([
      { file: text, reason: "unrecognised-format" },
      { file: empty, reason: "empty" },
    ]);
    expect(results.provenance).toMatchObject({ model: null, settings: { segmenter: "threshold" } });
    const [particle] = results.frames[0].particles;
    expect(particle.outlinePx.length).toBeGreaterThan(8);
    expect(particle.ecdNm).toBeCloseTo(2 * particle.ecdPx, 3);
  });

  it("leaves no file and exits with 130 when it is interrupted", async () => {
    const many = join(dir, "many");
    await mkdir(many);
    for (let i = 0; i < 2_000; i++) await link(join(frames, "frame_000001.png"), join(many, `f${i}.png`));
    const run = startCli(["analyze", many, "--out", join(many, "sizes.csv"), ...THRESHOLD]);
    await until(async () => (await readdir(many)).some((name) => name.endsWith(".tmp")));
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(130);
    expect(run.err()).toContain("Interrupted");
    expect((await readdir(many)).filter((name) => name.includes("sizes"))).toEqual([]);
  });

  it("refuses a model that is not there with exit code 2", async () => {
    const run = startCli([
      "analyze",
      frames,
      "--out",
      join(dir, "x.csv"),
      "--model",
      join(dir, "absent.json"),
      "--gpu",
      "off",
    ]);
    expect(await run.ended).toBe(2);
    expect(run.err()).toMatch(/^received: {3}.*absent\.json.*\nexpected: {3}.*\nwhat to do: .*\n$/);
  });
});

describe("ostwald watch", () => {
  it("names a port that is in use and exits with 2", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const run = startCli(["watch", frames, "--port", String(port), ...THRESHOLD]);
    expect([await run.ended, run.out()]).toEqual([2, ""]);
    expect(run.err()).toContain(`received:   port ${port}`);
    server.close();
  });

  it("prints its address, and on SIGTERM says what it did and exits with 0", async () => {
    const run = startCli(["watch", frames, "--port", "0", ...THRESHOLD]);
    await until(() => /http:\/\/127\.0\.0\.1:\d+\//.test(run.out()));
    run.child.kill("SIGTERM");
    expect(await run.ended).toBe(0);
    expect(run.err()).toMatch(/\d frames? seen: \d analysed, 0 rejected, \d dropped/);
  });

  it("refuses a folder that is not there with exit code 2", async () => {
    const run = startCli(["watch", join(dir, "absent"), "--port", "0", ...THRESHOLD]);
    expect([await run.ended, run.out()]).toEqual([2, ""]);
    expect(run.err()).toContain("absent");
  });
});

describe("ostwald without a command", () => {
  it("runs the demo, on the next port when its own is taken, and removes its folder at the end", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const temporary = join(dir, "tmp");
    await mkdir(temporary);
    const run = startCli(["--port", String(port), ...THRESHOLD], { TMPDIR: temporary });
    await until(() => run.out().includes("http://"));
    expect(run.out()).not.toContain(`:${port}/`);
    const isRecorded = async () =>
      (await readdir(temporary, { recursive: true })).some((name) => name.endsWith("frame_000002.png"));
    await until(isRecorded);
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(0);
    expect((await readdir(temporary)).filter((name) => name.startsWith("ostwald"))).toEqual([]);
    server.close();
  });
});

describe("ostwald doctor", () => {
  it("examines every part as JSON", async () => {
    const run = startCli(["doctor", "--json"]);
    expect([0, 3]).toContain(await run.ended);
    const findings = JSON.parse(run.out());
    const topics = findings.map(({ topic }: { topic: string }) => topic);
    expect(topics).toEqual([
      "Node",
      "machine",
      "GPU adapters",
      "execution providers",
      "model",
      "formats",
      "file events",
      "dashboard",
    ]);
    for (const { state, found, remedy } of findings) {
      expect(found.length).toBeGreaterThan(0);
      expect(remedy === null).toBe(state === "ok");
    }
  });

  it("leaves nothing in the temporary folder, where onnxruntime's telemetry writes unless it is switched off", async () => {
    const temporary = await mkdtemp(join(dir, "doctor-"));
    await startCli(["doctor"], { TMPDIR: temporary }).ended;
    expect(await readdir(temporary)).toEqual([]);
  });

  it("finds a missing model and exits with 3", async () => {
    const run = startCli(["doctor", "--model", join(dir, "absent.json")]);
    expect(await run.ended).toBe(3);
    expect(run.out()).toMatch(/^model +MISSING +.*absent\.json/m);
  });
});
