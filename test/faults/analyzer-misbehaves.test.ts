import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isConserved } from "../../src/stream/base/accounting.js";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.js";
import type { DaemonProcess } from "../support/daemon.js";
import { startDaemon } from "../support/daemon.js";
import { noisySpheres } from "../support/simulated-frames.js";
import type { StreamClient } from "../support/stream-client.js";
import { connectClient } from "../support/stream-client.js";

const MAGIC = { NODE_OPTIONS: `--import=${new URL("../support/magic-frames.mjs", import.meta.url).pathname}` };
const FLAGS = ["--segmenter", "threshold", "--gpu", "off", "--poll-ms", "50", "--analyzer-silence-ms", "6000"];

const bytes = encodeTiff(noisySpheres());

async function write(daemon: DaemonProcess, name: string): Promise<void> {
  await writeFile(join(daemon.dir, `${name}.tmp`), bytes);
  await rename(join(daemon.dir, `${name}.tmp`), join(daemon.dir, `${name}.tif`));
}

/** How each frame ended, by its name, in the order of `seq`; asserts that nothing is missing or twice, and that the account is conserved. */
async function fates(client: StreamClient, count: number): Promise<Readonly<Record<string, string>>> {
  const events = await client.untilEvents(count);
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  const health = await client.untilHealth(({ sources }) => sources[0]?.account.inFlight === 0);
  const account = health.sources[0]?.account;
  expect(account?.seen).toBe(count);
  expect(account !== undefined && isConserved(account)).toBe(true);
  return Object.fromEntries(events.map((event) => [event.label, event.op === "rejected" ? event.reason : event.op]));
}

describe("one frame that harms its analyzer process each time", () => {
  it.each([
    ["aborts it", "magic-abort", FLAGS],
    ["ends it", "magic-exit", FLAGS],
    ["hangs it", "magic-hang", [...FLAGS, "--frame-deadline-ms", "1500"]],
    // Found by its silence: a frame may take two minutes.
    ["stops it", "magic-stop", FLAGS],
  ])(
    "and %s is rejected as poison; all others are analysed",
    async (_, magic, flags) => {
      const daemon = await startDaemon(flags, undefined, MAGIC);
      const client = await connectClient(daemon.url, "msgpack");
      for (const name of ["1", "2", "3", magic, "4", "5", "6"]) await write(daemon, name);
      expect(await fates(client, 7)).toEqual({
        ...Object.fromEntries(["1", "2", "3", "4", "5", "6"].map((name) => [`${name}.tif`, "frame"])),
        [`${magic}.tif`]: "poison",
      });
      client.close();
      expect(await daemon.stop()).toBe(0);
    },
    90_000,
  );
});

describe("one frame that harms its analyzer process once", () => {
  it.each(["magic-once-abort", "magic-once-stop"])(
    "(%s) is analysed as all others are",
    async (magic) => {
      const daemon = await startDaemon(FLAGS, undefined, MAGIC);
      const client = await connectClient(daemon.url, "msgpack");
      for (const name of ["1", magic, "2"]) await write(daemon, name);
      expect(Object.values(await fates(client, 3))).toEqual(["frame", "frame", "frame"]);
      client.close();
      expect(await daemon.stop()).toBe(0);
    },
    60_000,
  );
});

it("a process that leaks is started again between frames, and no frame is the worse for it", async () => {
  const daemon = await startDaemon([...FLAGS, "--analyzers", "1", "--analyzer-memory-mb", "450"], undefined, MAGIC);
  const client = await connectClient(daemon.url, "msgpack");
  for (const name of ["1", "magic-leak", "2"]) await write(daemon, name);
  await client.untilHealth(({ analyzer }) => analyzer.restarts >= 1 && analyzer.state === "ready");
  for (const name of ["3", "4"]) await write(daemon, name);
  expect(Object.values(await fates(client, 5))).toEqual(["frame", "frame", "frame", "frame", "frame"]);
  expect(daemon.log()).toContain("over its memory limit");
  expect(daemon.log()).not.toContain("died");
  client.close();
  expect(await daemon.stop()).toBe(0);
}, 180_000);
