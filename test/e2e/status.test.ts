import { mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.js";
import { startDaemon } from "../support/daemon.js";
import { noisySpheres } from "../support/simulated-frames.js";
import { connectClient } from "../support/stream-client.js";

const MAGIC = { NODE_OPTIONS: `--import=${new URL("../support/magic-frames.mjs", import.meta.url).pathname}` };

it("the built daemon says that it is ready, what it has done and decided, and keeps what killed an analyzer", async () => {
  const faults = await mkdtemp(join(tmpdir(), "ostwald-faults-"));
  onTestFinished(() => rm(faults, { recursive: true, force: true }));
  const flags = ["--segmenter", "threshold", "--gpu", "off", "--poll-ms", "50", "--fault-dir", faults];
  const daemon = await startDaemon(flags, undefined, MAGIC);
  const client = await connectClient(daemon.url, "msgpack");
  const ask = async (path: string) => {
    const answer = await fetch(new URL(path, daemon.url));
    return { status: answer.status, text: await answer.text() };
  };
  expect(await ask("/readyz")).toEqual({ status: 200, text: '{"ready":true,"problems":[]}\n' });
  const bytes = encodeTiff(noisySpheres());
  for (const name of ["1", "magic-abort", "2"]) {
    await writeFile(join(daemon.dir, `${name}.tmp`), bytes);
    await rename(join(daemon.dir, `${name}.tmp`), join(daemon.dir, `${name}.tif`));
  }
  await client.untilEvents(3);
  await client.untilHealth(({ notes }) => notes.some((note) => note.includes("1 frame has killed the analyzer")));

  const { text: metrics } = await ask("/metrics");
  expect(metrics).toMatch(/^ostwald_frames_seen_total\{source="folder:[^"]*"\} 3$/m);
  expect(metrics).toMatch(/^ostwald_frames_committed_total\{source="folder:[^"]*"\} 2$/m);
  expect(metrics).toMatch(/^ostwald_frames_rejected_total\{source="folder:[^"]*",reason="poison"\} 1$/m);
  expect(metrics).toMatch(/^ostwald_stage_seconds_count\{stage="segment"\} 2$/m);
  expect(metrics).toMatch(/^ostwald_analyzer_info\{.*model_sha256="[0-9a-f]{64}"\} 1$/m);
  expect(metrics).toMatch(/^ostwald_ledger_commit_seconds_count [1-3]$/m);
  expect(metrics).toMatch(/^ostwald_ledger_bytes [1-9]/m);
  expect(metrics).toMatch(/^process_open_fds [1-9]/m);

  const { text: flight } = await ask("/debug/flight-recorder");
  const told = flight
    .trimEnd()
    .split("\n")
    .map((line): Readonly<Record<string, unknown>> => JSON.parse(line));
  const ended = told.filter(({ what }) => what === "frame-ended").map(({ seq, how }) => `${seq} ${how}`);
  expect(ended.toSorted()).toHaveLength(3);
  expect(ended.filter((text) => text.endsWith("rejected/poison"))).toHaveLength(1);
  const kinds = new Set(told.map(({ what }) => what));
  for (const what of ["frame-taken", "frame-sent", "frame-sent-again", "frames-taken-back", "client-joined", "log"]) {
    expect(kinds).toContain(what);
  }
  expect((await readdir(faults)).toSorted()).toEqual([
    expect.stringMatching(/^flight-.*-analyzer-died\.jsonl$/),
    "quarantine",
  ]);
  expect((await readdir(join(faults, "quarantine"))).toSorted()).toEqual([
    expect.stringMatching(/^\d{9}-magic-abort\.tif$/),
    expect.stringMatching(/^\d{9}-magic-abort\.tif\.json$/),
  ]);
  client.close();
  expect(await daemon.stop()).toBe(0);
}, 180_000);
