/**
 * From file to published result, through the built daemon as a user runs it.
 *
 * The peer is the paper's threshold method written with OpenCV in Python, offline, one thread, on the same files in the same run.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { FrameMessage, HealthMessage } from "../src/stream/protocol/messages.ts";
import { startDaemon } from "../test/support/daemon.ts";
import { connectClient } from "../test/support/stream-client.ts";
import { PYTHON } from "./python.ts";
import type { Row } from "./report.ts";
import { median, row, spread } from "./report.ts";

const run = promisify(execFile);
const ENTRY = fileURLToPath(new URL("../dist/daemon/main.js", import.meta.url));
const PEER = fileURLToPath(new URL("./peers/opencv_threshold.py", import.meta.url));
const REPEATS = 3;

interface Path {
  readonly name: string;
  readonly flags: readonly string[];
  readonly frames: number;
  /** Of the simulated microscope. */
  readonly simulation: readonly string[];
  readonly goalPerSecond: number;
}

const PATHS: readonly Path[] = [
  {
    name: "mask-rcnn, gaussian, 512 x 512",
    flags: ["--segmenter", "mask-rcnn", "--filter", "gaussian"],
    frames: 60,
    simulation: [],
    goalPerSecond: 5,
  },
  {
    name: "threshold, gaussian, 512 x 512",
    flags: ["--segmenter", "threshold", "--filter", "gaussian"],
    frames: 600,
    simulation: [],
    goalPerSecond: 60,
  },
  {
    name: "threshold, gaussian, 512 x 512, TIFF",
    flags: ["--segmenter", "threshold", "--filter", "gaussian"],
    frames: 1_500,
    simulation: ["--format", "tiff"],
    goalPerSecond: 250,
  },
  {
    name: "threshold, gaussian, 256 x 256, TIFF",
    flags: ["--segmenter", "threshold", "--filter", "gaussian"],
    frames: 4_000,
    simulation: ["--format", "tiff", "--edge-px", "256", "--field-of-view-nm", "600"],
    goalPerSecond: 800,
  },
];

interface Run {
  readonly perSecond: number;
  readonly residentMb: number;
  readonly firstResultS: number;
  readonly particles: number;
}

export async function pipelineBench(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const path of PATHS) rows.push(...(await benchPath(path)));
  return rows;
}

async function benchPath(path: Path): Promise<readonly Row[]> {
  const frames = await mkdtemp(join(tmpdir(), "ostwald-bench-"));
  try {
    await run(process.execPath, [
      ENTRY,
      "simulate",
      "--into",
      frames,
      "--movie",
      "--frames",
      String(path.frames),
      "--seed",
      "1",
      ...path.simulation,
    ]);
    const runs: Run[] = [];
    const peers: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      runs.push(await runDaemon(path, frames));
      const peer = await runPeer(frames);
      if (peer !== null) peers.push(peer);
    }
    return rowsOf(path, runs, peers);
  } finally {
    await rm(frames, { recursive: true, force: true });
  }
}

function rowsOf(path: Path, runs: readonly Run[], peers: readonly number[]): readonly Row[] {
  const rates = runs.map(({ perSecond }) => perSecond);
  const rate = median(rates);
  const peer =
    peers.length === 0
      ? "OpenCV in Python is not there"
      : `OpenCV threshold, one thread: ${median(peers).toFixed(0)}/s, ratio ${(rate / median(peers)).toFixed(2)}`;
  return [
    row({
      case: path.name,
      metric: `rate (${spread(rates)})`,
      value: rate,
      unit: "frames/s",
      goal: { relation: ">=", value: path.goalPerSecond },
      peer,
    }),
    row({
      case: path.name,
      metric: "memory, daemon + analyzer",
      value: Math.max(...runs.map(({ residentMb }) => residentMb)),
      unit: "MB",
      goal: { relation: "<=", value: 1000 },
    }),
    row({
      case: path.name,
      metric: "start to first result",
      value: median(runs.map(({ firstResultS }) => firstResultS)),
      unit: "s",
      goal: { relation: "<=", value: 5 },
    }),
    row({
      case: path.name,
      metric: "particles a frame",
      value: median(runs.map(({ particles }) => particles)),
      unit: "",
    }),
  ];
}

/** Starts the daemon on the recorded frames and listens until the last result. */
async function runDaemon(path: Path, frames: string): Promise<Run> {
  const startedAtMs = performance.now();
  const daemon = await startDaemon(path.flags, frames);
  const client = await connectClient(daemon.url, "msgpack");
  const first = await client.until((message): message is FrameMessage => message.op === "frame");
  const firstResultS = (performance.now() - startedAtMs) / 1_000;
  const events = await client.untilEvents(path.frames);
  const health = await client.untilHealth((message) => message.analyzer.residentBytes > 0);
  client.close();
  await daemon.stop();
  const results = events.filter((event) => event.op === "frame");
  const last = results.at(-1) ?? first;
  return {
    perSecond: ((results.length - 1) * 1_000) / (last.committedAtMs - first.committedAtMs),
    residentMb: residentMb(health),
    firstResultS,
    particles: median(results.map(({ statistics }) => statistics.count)),
  };
}

function residentMb(health: HealthMessage): number {
  return (health.daemonResidentBytes + health.analyzer.residentBytes) / 1e6;
}

/** Frames a second of the peer, or `null` where Python has no OpenCV. */
async function runPeer(frames: string): Promise<number | null> {
  try {
    const { stdout } = await run(PYTHON, [PEER, frames]);
    const peer = JSON.parse(stdout) as { readonly frames: number; readonly seconds: number };
    return peer.frames / peer.seconds;
  } catch {
    return null;
  }
}
