import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { isConserved } from "../../src/stream/base/accounting.js";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.js";
import { startDaemon } from "../support/daemon.js";
import { noisySpheres } from "../support/simulated-frames.js";
import { connectClient } from "../support/stream-client.js";

const PRELOAD = new URL("../support/jumping-clock.mjs", import.meta.url).pathname;
const HOUR_MS = 3_600_000;
/** Back and forth, twice by more than any limit of time that is configured. */
const JUMPS_MS = [0, -HOUR_MS, 24 * HOUR_MS, 0, 24 * HOUR_MS];
const FRAMES_A_JUMP = 8;

it("jumps of the clock by -1 h and +1 day change no order, rate, latency or timeout, end no run, and lose no frame", async () => {
  const home = await mkdtemp(join(tmpdir(), "ostwald-clock-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const clock = join(home, "offset");
  const jump = async (ms: number) => {
    await writeFile(`${clock}.tmp`, String(ms));
    await rename(`${clock}.tmp`, clock);
  };
  await jump(0);
  // Each of these limits is shorter than a jump.
  const limits = [
    "--run-gap-min",
    "10",
    "--ledger-max-days",
    "0.5",
    "--frame-deadline-ms",
    "60000",
    "--incomplete-timeout-ms",
    "60000",
  ];
  const flags = [
    "--segmenter",
    "threshold",
    "--gpu",
    "off",
    "--poll-ms",
    "50",
    "--ledger",
    join(home, "test.ledger"),
    ...limits,
  ];
  const env = { NODE_OPTIONS: `--import=${PRELOAD}`, JUMPING_CLOCK: clock };
  const daemon = await startDaemon(flags, undefined, env);
  const client = await connectClient(daemon.url, "msgpack");
  const bytes = encodeTiff(noisySpheres());
  let frames = 0;
  for (const ms of JUMPS_MS) {
    await jump(ms);
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let i = 0; i < FRAMES_A_JUMP; i += 1) {
      frames += 1;
      await writeFile(join(daemon.dir, `${frames}.tmp`), bytes);
      await rename(join(daemon.dir, `${frames}.tmp`), join(daemon.dir, `${String(frames).padStart(4, "0")}.tif`));
    }
    await client.untilEvents(frames);
  }
  const events = client.events();
  expect(events.map(({ seq, op }) => [seq, op])).toEqual(events.map((_, index) => [index + 1, "frame"]));
  expect(events).toHaveLength(frames);
  // The clock has jumped indeed: times of frames go back and forth by as much.
  const received = events.map(({ receivedAtMs }) => receivedAtMs);
  expect(Math.max(...received) - Math.min(...received)).toBeGreaterThan(24 * HOUR_MS);
  const healths = client.messages.filter((message) => message.op === "health");
  for (const { latencyMs, framesPerSecond, state } of healths) {
    expect(latencyMs.p99 ?? 0).toBeLessThan(60_000);
    expect(latencyMs.p50 ?? 0).toBeGreaterThanOrEqual(0);
    expect(framesPerSecond).toBeLessThanOrEqual(frames);
    expect(state).toBe("ok");
  }
  const account = healths.at(-1)?.sources[0]?.account;
  expect(account !== undefined && isConserved(account)).toBe(true);
  const metrics = await (await fetch(new URL("/metrics", daemon.url))).text();
  expect(metrics).toMatch(/^ostwald_analyzer_restarts_total 0$/m);
  client.send({ op: "listRuns", requestId: "runs" });
  const { runs } = await client.until((message) => message.op === "runs");
  expect(runs).toHaveLength(1);
  client.close();
  expect(await daemon.stop()).toBe(0);
}, 180_000);
