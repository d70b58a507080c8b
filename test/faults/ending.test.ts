import { once } from "node:events";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.js";
import { startCli } from "../support/cli-process.js";
import type { DaemonProcess } from "../support/daemon.js";
import { startDaemon } from "../support/daemon.js";
import { noisySpheres } from "../support/simulated-frames.js";
import { connectClient } from "../support/stream-client.js";

const MAGIC = { NODE_OPTIONS: `--import=${new URL("../support/magic-frames.mjs", import.meta.url).pathname}` };
const FLAGS = ["--segmenter", "threshold", "--gpu", "off", "--poll-ms", "50"];
const bytes = encodeTiff(noisySpheres());

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "ostwald-ending-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function write(dir: string, name: string): Promise<void> {
  await writeFile(join(dir, `${name}.tmp`), bytes);
  await rename(join(dir, `${name}.tmp`), join(dir, `${name}.tif`));
}

async function exitCodeOf(daemon: DaemonProcess): Promise<unknown> {
  const { process: child } = daemon;
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode ?? child.signalCode;
}

/** A daemon whose analyzer hangs with a frame; the next daemon on its ledger has `count` frames to show. */
async function hanging(flags: readonly string[] = []) {
  const dir = await folder();
  const ledger = join(await folder(), "test.ledger");
  const daemon = await startDaemon([...FLAGS, "--ledger", ledger, ...flags], dir, MAGIC);
  const client = await connectClient(daemon.url, "msgpack");
  await write(dir, "1");
  await client.untilEvents(1);
  await write(dir, "magic-hang");
  await write(dir, "2");
  await client.untilHealth(({ sources }) => (sources[0]?.account.inFlight ?? 0) >= 1 && sources[0]?.account.seen === 3);
  /** Every frame has its result after a start on the same ledger with a well-behaved analyzer, once. */
  const resumes = async () => {
    const next = await startDaemon([...FLAGS, "--ledger", ledger], dir);
    const after = await connectClient(next.url, "msgpack");
    const events = await after.untilEvents(3);
    expect(events.map(({ seq, op }) => [seq, op])).toEqual([
      [1, "frame"],
      [2, "frame"],
      [3, "frame"],
    ]);
    expect(new Set(events.map(({ label }) => label)).size).toBe(3);
    after.close();
    expect(await next.stop()).toBe(0);
  };
  return { daemon, resumes };
}

const childrenOf = async (pid: number | undefined) =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ").filter(Boolean);

/** One that has ended and whom nobody has asked for its exit code yet is not running. */
const isRunning = async (pid: string) => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return stat !== null && !/\) [ZX] /.test(stat);
};

describe("a daemon whose analyzer hangs", () => {
  it("ends within its time when it is asked to, with 0, and the next one has every frame", async () => {
    const { daemon, resumes } = await hanging(["--stop-timeout-ms", "500"]);
    expect(await daemon.stop()).toBe(0);
    expect(daemon.log()).toContain("left to the next daemon");
    await resumes();
  }, 180_000);

  it("ends now when it is aborted, with 130, and the next one has every frame", async () => {
    const { daemon, resumes } = await hanging();
    const abort = startCli(["abort", daemon.url]);
    expect(await abort.ended).toBe(0);
    expect(await exitCodeOf(daemon)).toBe(130);
    await resumes();
  }, 180_000);

  it.runIf(process.platform === "linux")(
    "ends at once at a second signal, its analyzers with it, and the next one has every frame",
    async () => {
      const { daemon, resumes } = await hanging();
      const analyzers = await childrenOf(daemon.process.pid);
      expect(analyzers).toHaveLength(2);
      daemon.process.kill("SIGTERM");
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(daemon.process.exitCode).toBe(null);
      daemon.process.kill("SIGTERM");
      expect(await exitCodeOf(daemon)).toBe(1);
      for (const pid of analyzers) await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false);
      await resumes();
    },
    60_000,
  );
});

describe("a daemon that is asked over its stream", () => {
  it("ends in order, and `ostwald stop` returns when it has", async () => {
    const daemon = await startDaemon(FLAGS);
    const stop = startCli(["stop", daemon.url]);
    expect([await stop.ended, stop.out()]).toEqual([0, "The daemon has ended.\n"]);
    expect(await exitCodeOf(daemon)).toBe(0);
  }, 180_000);

  it("writes its flight recording, by SIGUSR2 too; a reload of what only a start can change is told to who asked", async () => {
    const dir = await folder();
    const config = join(dir, "run.toml");
    await writeFile(config, "");
    const faults = join(dir, "faults");
    const daemon = await startDaemon([...FLAGS, "--config", config, "--fault-dir", faults]);
    expect(await startCli(["dump", daemon.url]).ended).toBe(0);
    const recordings = async () => (await readdir(faults).catch(() => [])).length;
    await expect.poll(recordings).toBe(1);
    daemon.process.kill("SIGUSR2");
    await expect.poll(recordings).toBe(2);
    await writeFile(config, "queueLimit = 3");
    const reload = startCli(["reload", daemon.url]);
    expect([await reload.ended, reload.err()]).toEqual([2, expect.stringContaining("queueLimit")]);
    await writeFile(config, "minAreaPx2 = 33");
    daemon.process.kill("SIGHUP");
    await expect.poll(() => daemon.log()).toContain("a changed configuration is in force");
    expect(await daemon.stop()).toBe(0);
    const nobody = startCli(["stop", daemon.url]);
    expect([await nobody.ended, nobody.err()]).toEqual([2, expect.stringContaining("ECONNREFUSED")]);
  }, 180_000);
});

it("a second daemon on the same port, or the same ledger, says so and exits with 2; the first goes on unharmed", async () => {
  const dir = await folder();
  const ledger = join(await folder(), "first.ledger");
  const daemon = await startDaemon([...FLAGS, "--ledger", ledger], dir);
  const client = await connectClient(daemon.url, "msgpack");
  await write(dir, "1");
  await client.untilEvents(1);
  const { port } = new URL(daemon.url);
  const samePort = startCli(["watch", dir, "--port", port, "--ledger", "none", ...FLAGS]);
  expect([await samePort.ended, samePort.err()]).toEqual([2, expect.stringContaining(`port ${port}`)]);
  const sameLedger = startCli(["watch", dir, "--port", "0", "--ledger", ledger, ...FLAGS]);
  expect([await sameLedger.ended, sameLedger.err()]).toEqual([2, expect.stringContaining("first.ledger")]);
  await write(dir, "2");
  const events = await client.untilEvents(2);
  expect(events.map(({ seq, op }) => [seq, op])).toEqual([
    [1, "frame"],
    [2, "frame"],
  ]);
  client.close();
  expect(await daemon.stop()).toBe(0);
}, 180_000);
