/**
 * The ledger at full rate, and a query over a whole run.
 *
 * Records go in at a fixed rate, whatever becomes of them, as frames do; the latency is from the moment a record was due to the moment
 * its commit had resolved. The peer is the plain way: a row a particle, a transaction a frame, in the same kind of file.
 *
 * @module
 */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqlDatabase } from "../src/daemon/ledger/database.ts";
import { Ledger } from "../src/daemon/ledger/ledger.ts";
import { startLedgerThread } from "../src/daemon/ledger/link.ts";
import { runSizes } from "../src/daemon/ledger/run-sizes.ts";
import { createLog } from "../src/daemon/observe/log.ts";
import { Recorder } from "../src/daemon/session/recorder.ts";
import { RunBook } from "../src/daemon/session/run-book.ts";
import type { FrameOutcome } from "../src/daemon/session/session.ts";
import type { FrameSeq } from "../src/stream/base/units.ts";
import { systemClock } from "../src/stream/flow/clock.ts";
import { analysisWith } from "../test/support/cli-frames.ts";
import { FIRST_SETTINGS, offeredFrame } from "../test/support/frames.ts";
import type { Row } from "./report.ts";
import { median, row } from "./report.ts";

/** Threads run what was built, as the daemon's do. */
const THREAD = new URL("../dist/daemon/ledger/thread.js", import.meta.url);
const FRAMES_PER_S = 1_000;
const PARTICLES = 50;
const { BENCH_SECONDS = "60" } = process.env;
const SECONDS = Number(BENCH_SECONDS);
/** 10^6 particles. */
const QUERIED_FRAMES = 20_000;
const PEER_FRAMES = 500;
const CASE = `${FRAMES_PER_S} frames/s x ${PARTICLES} particles, ${SECONDS} s`;

export async function ledgerBench(): Promise<readonly Row[]> {
  const dir = await mkdtemp(join(tmpdir(), "ostwald-bench-"));
  try {
    const path = join(dir, "bench.ledger");
    const peerPerS = runPeer(join(dir, "peer.db"));
    return [...(await benchCommits(path, peerPerS)), await benchLoneFrames(path), ...(await benchQuery(path))];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A ledger with all that goes into it, as the daemon has it. */
async function openLedger(path: string) {
  const log = createLog({ level: "warn", format: "text" });
  const limits = { maxBytes: null, maxAgeMs: null };
  const startThread = (ledgerPath: string) => startLedgerThread(ledgerPath, THREAD);
  const opening = { path, heldEvents: 2_048, newEpoch: "bench", limits, clock: systemClock, log, startThread };
  const ledger = await Ledger.open(opening);
  const { lastSeq, lastRunId, openRun } = ledger.resumption;
  const resumed = openRun === null ? null : { run: openRun, lastFrameAtMs: null };
  const identity = { daemonVersion: "bench", configuration: "{}" };
  const runs = new RunBook({ clock: systemClock, gapMs: null, ...identity, resumed, lastRunId, lastSeq });
  const recorder = new Recorder({
    ledger,
    runs,
    clock: systemClock,
    daemonVersion: "bench",
    keepsOutlines: false,
    lastSettingsId: lastSeq === 0 ? 0 : 1,
  });
  const outcome: FrameOutcome = { kind: "committed", analysis: analysisWith(PARTICLES, 0.5), settings: FIRST_SETTINGS };
  const record = (seq: number) =>
    recorder.record(
      { seq: seq as FrameSeq, source: "bench", takenInAtMs: systemClock.monotonicMs(), frame: offeredFrame(seq) },
      outcome,
    );
  return { ledger, record, lastSeq };
}

async function benchCommits(path: string, peerPerS: number): Promise<readonly Row[]> {
  const { ledger, record } = await openLedger(path);
  const frames = FRAMES_PER_S * SECONDS;
  const latenciesMs: number[] = [];
  const commits: Promise<unknown>[] = [];
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  for (let seq = 1; seq <= frames; ) {
    const dueBy = Math.min(frames, Math.floor(((performance.now() - startMs) * FRAMES_PER_S) / 1_000));
    for (; seq <= dueBy; seq++) {
      const dueMs = startMs + (seq * 1_000) / FRAMES_PER_S;
      commits.push(record(seq).then(() => latenciesMs.push(performance.now() - dueMs)));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(commits);
  const tookS = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  await ledger.close();
  const { size } = await stat(path);
  const sorted = latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  const peer = `a row a particle, a transaction a frame: ${peerPerS.toFixed(0)}/s`;
  const goal = { relation: ">=", value: 0.99 * FRAMES_PER_S } as const;
  return [
    row({ case: CASE, metric: "recorded", value: frames / tookS, unit: "frames/s", goal, peer }),
    row({
      case: CASE,
      metric: "median, due to durable",
      value: at(0.5),
      unit: "ms",
      goal: { relation: "<=", value: 20 },
    }),
    row({
      case: CASE,
      metric: "p99, due to durable",
      value: at(0.99),
      unit: "ms",
      goal: { relation: "<=", value: 250 },
    }),
    row({
      case: CASE,
      metric: "processor, all threads",
      value: (user + system) / 1e6 / tookS,
      unit: "cores",
      goal: { relation: "<=", value: 0.5 },
    }),
    row({ case: CASE, metric: "size", value: size / frames / 1_000, unit: "kB a frame" }),
  ];
}

/** Frame after frame, each when the one before is durable. */
async function benchLoneFrames(path: string): Promise<Row> {
  const { ledger, record, lastSeq } = await openLedger(path);
  const latenciesMs: number[] = [];
  for (let frame = 1; frame <= 100; frame++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const startMs = performance.now();
    await record(lastSeq + frame);
    latenciesMs.push(performance.now() - startMs);
  }
  await ledger.close();
  const goal = { relation: "<=", value: 10 } as const;
  return row({ case: "50 frames/s", metric: "median, due to durable", value: median(latenciesMs), unit: "ms", goal });
}

/** The median over a run of 10^6 particles, which are recorded first where there are fewer. */
async function benchQuery(path: string): Promise<readonly Row[]> {
  const { ledger, record, lastSeq } = await openLedger(path);
  for (let seq = lastSeq + 1; seq <= QUERIED_FRAMES; seq++) {
    const recorded = record(seq);
    if (ledger.room() !== undefined || seq === QUERIED_FRAMES) await recorded;
  }
  const [summary] = await ledger.runs();
  if (summary === undefined) throw new Error("the bench has no run");
  const run = { ...summary, firstSeq: 1, lastSeq: QUERIED_FRAMES };
  const database = new SqlDatabase(path, { isReadOnly: true });
  const timesMs: number[] = [];
  let particles = 0;
  for (let repeat = 0; repeat < 7; repeat++) {
    const startMs = performance.now();
    ({ particles } = runSizes(database, run));
    timesMs.push(performance.now() - startMs);
  }
  database.close();
  await ledger.close();
  const name = `D10, median, D90 of a run of ${particles} particles`;
  const goal = { relation: "<=", value: 200 } as const;
  return [row({ case: name, metric: "median of 7", value: median(timesMs), unit: "ms", goal })];
}

/** Frames a second of the plain way. */
function runPeer(path: string): number {
  const database = new SqlDatabase(path);
  database.get("PRAGMA journal_mode = WAL");
  const columns = Array.from({ length: 16 }, (_, index) => `c${index} REAL`).join(", ");
  database.exec(`PRAGMA synchronous = FULL; CREATE TABLE particles (seq INTEGER, ${columns})`);
  const insert = `INSERT INTO particles VALUES (?${", ?".repeat(16)})`;
  const values = Array.from({ length: 16 }, (_, index) => index + 0.5);
  const startMs = performance.now();
  for (let seq = 1; seq <= PEER_FRAMES; seq++) {
    database.transaction(() => {
      for (let particle = 0; particle < PARTICLES; particle++) database.run(insert, seq, ...values);
    });
  }
  const perS = (PEER_FRAMES * 1_000) / (performance.now() - startMs);
  database.close();
  return perS;
}
