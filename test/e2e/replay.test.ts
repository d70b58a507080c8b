/** A recorded run is played again through the built daemon: the same particles, in a run of its own. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openToRead } from "../../src/daemon/ledger/open-to-read.js";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.js";
import { startCli, until } from "../support/cli-process.js";
import { startDaemon } from "../support/daemon.js";
import { readRecorded } from "../support/recorded.js";
import { noiseFreeSpheres } from "../support/simulated-frames.js";
import { connectClient } from "../support/stream-client.js";
import { pause } from "../support/waiting.js";

const SINGLES = 4;
const PAGES = 3;

/** Simulated spheres as 16-bit sections of one MRC stack. */
function mrcStack(): Buffer {
  const frames = Array.from({ length: PAGES }, (_, i) => noiseFreeSpheres(i + 10).frame);
  const [{ widthPx, heightPx } = { widthPx: 0, heightPx: 0 }] = frames;
  const header = Buffer.alloc(1_024);
  for (const [i, value] of [widthPx, heightPx, PAGES, 6].entries()) header.writeInt32LE(value, 4 * i);
  for (const [i, value] of [1, 2, 3].entries()) header.writeInt32LE(value, 64 + 4 * i);
  header.write("MAP DD", 208);
  const sections = frames.map(({ pixels }) => Buffer.from(Uint16Array.from(pixels, (level) => 40 * level).buffer));
  return Buffer.concat([header, ...sections]);
}

describe("a recorded run", () => {
  let home = "";
  let watched = "";
  let first = "";
  const replay = (args: readonly string[], ledger: string) =>
    startCli(["replay", ...args, "--ledger", join(home, ledger), "--segmenter", "threshold", "--port", "0"]);

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "ostwald-replay-"));
    watched = join(home, "frames");
    first = join(home, "first.ledger");
    await mkdir(watched);
    const daemon = await startDaemon(["--segmenter", "threshold", "--ledger", first], watched);
    const client = await connectClient(daemon.url, "msgpack");
    for (let number = 1; number <= SINGLES; number++) {
      await writeFile(join(watched, `frame_${number}.tif`), encodeTiff(noiseFreeSpheres(number).frame));
    }
    await client.untilEvents(SINGLES);
    await writeFile(join(watched, "movie.mrc"), mrcStack());
    await client.untilEvents(SINGLES + PAGES);
    client.close();
    expect(await daemon.stop()).toBe(0);
  }, 60_000);
  afterAll(() => rm(home, { recursive: true, force: true }));

  it("has the same particles when it is played again, as a run of its own, and ends by itself", async () => {
    const command = replay(["latest", "--from", first, "--speed", "max"], "second.ledger");
    expect(await command.ended, command.err()).toBe(0);
    expect(command.err()).toContain(`${SINGLES + PAGES} frames seen: ${SINGLES + PAGES} analysed`);
    const [before, after] = [readRecorded(first), readRecorded(join(home, "second.ledger"))];
    expect(before.frames).toHaveLength(SINGLES + PAGES);
    expect(before.frames.every(({ particles }) => particles === 24)).toBe(true);
    expect(after.frames).toEqual(before.frames);
    const [run, ...others] = openToRead(join(home, "second.ledger")).reader.runs();
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      name: "replay of run-1",
      committed: SINGLES + PAGES,
      rejected: 0,
      endReason: "stopped",
    });
  }, 60_000);

  it("can be played twice into one ledger, faster than it was recorded", async () => {
    for (const speed of ["100", "max"]) {
      const command = replay(["run-1", "--from", first, "--speed", speed], "twice.ledger");
      expect(await command.ended, command.err()).toBe(0);
    }
    const runs = openToRead(join(home, "twice.ledger")).reader.runs();
    expect(runs.map(({ committed }) => committed)).toEqual([SINGLES + PAGES, SINGLES + PAGES]);
  }, 60_000);

  it("is played without what has gone or changed, which is rejected by its name", async () => {
    const partly = join(home, "partly.ledger");
    await copyFile(first, partly);
    await rm(join(watched, "frame_1.tif"));
    await writeFile(join(watched, "frame_2.tif"), encodeTiff(noiseFreeSpheres(99).frame));
    const command = replay(["run-1", "--from", partly, "--speed", "max"], "third.ledger");
    expect(await command.ended, command.err()).toBe(0);
    expect(command.err()).toContain("2 rejected (vanished 1, changed 1)");
    const rejected = readRecorded(join(home, "third.ledger")).frames.filter(({ outcome }) => outcome === "rejected");
    expect(rejected.map(({ label }) => label)).toEqual(["frame_2.tif"]);
  }, 60_000);

  it("is what a stack or a folder is, too, at a stated rate; and stays where it is asked to", async () => {
    const stack = replay([join(watched, "movie.mrc"), "--rate", "50"], "stack.ledger");
    expect(await stack.ended, stack.err()).toBe(0);
    expect(stack.err()).toContain(`${PAGES} frames seen: ${PAGES} analysed`);
    const folder = replay([watched, "--speed", "max", "--stay"], "folder.ledger");
    await until(() => folder.out().includes("http://"));
    const [url = ""] = /http:\/\/\S+/.exec(folder.out()) ?? [];
    const client = await connectClient(url, "json");
    const events = await client.untilEvents(SINGLES - 1 + PAGES);
    expect(new Set(events.map(({ source }) => source))).toEqual(new Set([`replay:${watched}`]));
    expect(events.map(({ op }) => op)).toEqual(events.map(() => "frame"));
    await pause(300);
    expect(folder.child.exitCode).toBeNull();
    client.close();
    folder.child.kill("SIGTERM");
    expect(await folder.ended).toBe(0);
  }, 60_000);

  it("that is not there is refused with what there is to do", async () => {
    const command = replay(["no-such-run", "--from", first], "none.ledger");
    expect(await command.ended).toBe(2);
    expect(command.err()).toContain("no run called no-such-run");
    const speed = replay(["run-1", "--from", first, "--speed", "fast"], "none.ledger");
    expect(await speed.ended).toBe(2);
    expect(speed.err()).toContain("--speed fast");
  }, 60_000);
});
