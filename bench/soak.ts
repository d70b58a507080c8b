/**
 * `npm run soak -- --minutes N [--json FILE] [--segmenter threshold] [--analyzers 2]`: a simulated microscope at full rate, the built
 * daemon, a client that follows, for as long as one likes.
 *
 * Full rate: the next frame is there before the last one is done; analysed ones are moved on. Of memory, descriptors, write-ahead log and p99 latency, the slope after
 * the warm-up is given with its 95 % interval (Theil-Sen), and a verdict against a limit. Ends with 1 when one surely rises faster than
 * its limit, or when frames are not conserved.
 *
 * @module
 */
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isConserved } from "../src/stream/base/accounting.js";
import { encodeTiff } from "../src/stream/source/simulated/encode-tiff.js";
import { createMovie } from "../src/stream/source/simulated/movie.js";
import { DEMO_MOVIE } from "../src/stream/source/simulated/movie-spec.js";
import { Random } from "../src/stream/source/simulated/random.js";
import { Experiment, hasEnded } from "../test/faults/bench/experiment.ts";
import { pause } from "../test/support/waiting.ts";
import type { Point, Slope, Verdict } from "./slope.ts";
import { blockMedians, median, robustSlope, verdictOf } from "./slope.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    json: { type: "string" },
    segmenter: { type: "string", default: "mask-rcnn" },
    analyzers: { type: "string", default: "2" },
  },
});

const IMAGES = 60;
/** Frames that wait or are analysed at any time: with twice as many it is 4 % faster, and the latency that of this queue. */
const AHEAD = 8;
const SAMPLE_MS = 1_000;
/** Analysed frames that stay in the folder, as where somebody moves them on: the daemon remembers each file that is there, with half a kilobyte. */
const FILES_KEPT = 500;
/**
 * Left out at the beginning, s: heaps grow to their working size, which takes several full collections, one a minute where frames are slow; and the
 * first starts are slow. Memory is not judged by a shorter run.
 */
const WARM_UP_S = { memory: 600, rest: 20 } as const;
/** Fewest frames of an interval that its p99 is taken of. */
const P99_FRAMES = 20;

/** What is looked at, in which unit, and the rise per hour above which it is not flat. */
const QUANTITIES = {
  daemonMemory: { unit: "MB", limitPerHour: 20, warmUpS: WARM_UP_S.memory },
  analyzerMemory: { unit: "MB", limitPerHour: 20, warmUpS: WARM_UP_S.memory },
  descriptors: { unit: "", limitPerHour: 1, warmUpS: WARM_UP_S.rest },
  writeAheadLog: { unit: "MB", limitPerHour: 2, warmUpS: WARM_UP_S.rest },
  p99Latency: { unit: "ms", limitPerHour: 20, warmUpS: WARM_UP_S.rest },
} as const;
type Quantity = keyof typeof QUANTITIES;
const NAMES = Object.keys(QUANTITIES) as readonly Quantity[];

interface Figure {
  readonly quantity: Quantity;
  readonly unit: string;
  readonly median: number;
  readonly slope: Slope | null;
  /** What the slope is taken of: whether it rises all along or to a level shows here. */
  readonly blocks: readonly Point[];
  readonly limitPerHour: number;
  readonly verdict: Verdict;
}

function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}

function sizeMb(path: string): number {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) / 1_048_576;
}

class Samples {
  readonly points: Readonly<Record<Quantity, Point[]>> = {
    daemonMemory: [],
    analyzerMemory: [],
    descriptors: [],
    writeAheadLog: [],
    p99Latency: [],
  };
  readonly #beginMs = performance.now();
  #latenciesMs: number[] = [];

  addLatency(ms: number): void {
    this.#latenciesMs.push(ms);
  }

  take(pid: number, ledger: string): void {
    const atS = (performance.now() - this.#beginMs) / 1000;
    const add = (quantity: Quantity, value: number) => void this.points[quantity].push({ atS, value });
    add("daemonMemory", residentMb(pid));
    add(
      "analyzerMemory",
      childrenOf(pid).reduce((sum, child) => sum + residentMb(child), 0),
    );
    add("descriptors", readdirSync(`/proc/${pid}/fd`).length);
    add("writeAheadLog", sizeMb(`${ledger}-wal`));
    if (this.#latenciesMs.length < P99_FRAMES) return;
    const sorted = this.#latenciesMs.sort((a, b) => a - b);
    add("p99Latency", sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0);
    this.#latenciesMs = [];
  }

  figures(): readonly Figure[] {
    return NAMES.map((quantity) => {
      const { unit, limitPerHour, warmUpS } = QUANTITIES[quantity];
      const points = this.points[quantity].filter(({ atS }) => atS >= warmUpS);
      const blocks = blockMedians(points);
      const slope = robustSlope(blocks);
      const level = median((points.length > 0 ? points : this.points[quantity]).map(({ value }) => value));
      return { quantity, unit, median: level, slope, blocks, limitPerHour, verdict: verdictOf(slope, limitPerHour) };
    });
  }
}

const movie = createMovie(DEMO_MOVIE, 1);
const images = Array.from({ length: IMAGES }, () => encodeTiff(movie.next().frame));
const samples = new Samples();
/** Labels of the newest, oldest first. */
const analysed: string[] = [];
const experiment: Experiment = await Experiment.create({
  images,
  random: new Random([1, 2, 3, 4]),
  reference: null,
  ahead: AHEAD,
  onEvent: (event) => {
    if (event.op !== "frame") return;
    samples.addLatency(event.committedAtMs - event.receivedAtMs);
    analysed.push(event.label);
    if (analysed.length > FILES_KEPT) rmSync(join(experiment.home, "frames", analysed.shift() ?? ""), { force: true });
  },
});
let problems: readonly string[] = [];
try {
  const flags = [
    "--segmenter",
    values.segmenter,
    "--analyzers",
    values.analyzers,
    "--gpu",
    "auto",
    "--min-area-px2",
    "20",
  ];
  await experiment.start({ flags });
  experiment.sender.start();
  const beginMs = performance.now();
  const endMs = beginMs + 60_000 * Number(values.minutes);
  const pid = experiment.life.child.pid ?? 0;
  while (performance.now() < endMs && !hasEnded(experiment.life)) {
    await pause(SAMPLE_MS);
    samples.take(pid, experiment.ledger);
  }
  const seconds = (performance.now() - beginMs) / 1000;
  const figures = samples.figures();
  const { sent, account, seqBreaks } = await experiment.rest();
  problems = [
    ...(isConserved(account) && account.inFlight === 0 ? [] : [`not conserved: ${JSON.stringify(account)}`]),
    ...(account.seen === sent ? [] : [`${sent} frames were sent, ${account.seen} were seen`]),
    ...(seqBreaks === 0 ? [] : [`${seqBreaks} breaks in seq`]),
    ...figures.filter(({ verdict }) => verdict === "rising").map(({ quantity }) => `${quantity} rises`),
  ];
  await experiment.stop();
  report({ seconds, sent, account, figures, problems });
  if (values.json !== undefined) {
    const machine = { node: process.version, segmenter: values.segmenter, analyzers: Number(values.analyzers) };
    const result = { at: new Date().toISOString(), ...machine, seconds, sent, account, seqBreaks, figures, problems };
    await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
  }
} finally {
  await experiment.dispose();
}
if (problems.length > 0) process.exitCode = 1;

function report(result: {
  readonly seconds: number;
  readonly sent: number;
  readonly account: { readonly committed: number };
  readonly figures: readonly Figure[];
  readonly problems: readonly string[];
}): void {
  const { seconds, sent, account, figures } = result;
  const rate = (account.committed / seconds).toFixed(1);
  const lines = figures.map(({ quantity, unit, median: level, slope, limitPerHour, verdict }) => {
    const range =
      slope === null
        ? "not judged: still warming up"
        : `${slope.perHour.toFixed(1)} ${unit}/h, 95 %: ${slope.low.toFixed(1)} to ${slope.high.toFixed(1)}`;
    return `  ${quantity.padEnd(15)} ${level.toFixed(1).padStart(8)} ${unit.padEnd(3)} ${range}; limit ${limitPerHour} ${unit}/h: ${verdict}`;
  });
  const end = result.problems.length === 0 ? "ok" : `FAILED: ${result.problems.join("; ")}`;
  process.stdout.write(
    `${seconds.toFixed(0)} s, ${sent} frames sent, ${account.committed} committed, ${rate}/s\n${lines.join("\n")}\n${end}\n`,
  );
}
