/**
 * Processes that are killed, stopped and asked to end.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { FAILPOINTS } from "../../../../src/stream/flow/failpoint.js";
import { pause } from "../../../support/waiting.js";
import type { Experiment } from "../experiment.js";
import type { Scenario } from "../scenario.js";
import { FolderSender } from "../sender.js";
import { SocketSender } from "../socket-sender.js";

/** Frames between two faults, on average. */
const FRAMES_A_FAULT = 16;
/** Share of faults that fall into a start. */
const AT_START = 0.25;

/** Lets a daemon live to a random point of its life: in its start, or after a random number of frames and ms. */
async function liveToRandomPoint(experiment: Experiment, startMs: number): Promise<void> {
  const { random } = experiment;
  if (random.uniform() < AT_START) return pause(random.between(0, startMs));
  await experiment.follow();
  await experiment.untilFurther(Math.round(random.between(1, 2 * FRAMES_A_FAULT)));
  await pause(random.between(0, 20));
}

/** How long a start takes here now, ms: faults fall into all of it. */
async function timedStart(experiment: Experiment): Promise<number> {
  const beginMs = performance.now();
  await experiment.start();
  return performance.now() - beginMs;
}

async function killAtRandom(experiment: Experiment, amount: number): Promise<number> {
  const startMs = await timedStart(experiment);
  for (let kill = 0; kill < amount; kill += 1) {
    if (kill > 0) experiment.launch();
    await liveToRandomPoint(experiment, startMs);
    await experiment.kill();
  }
  await experiment.start();
  return amount;
}

/** Points that only a daemon passes that was asked to end. */
const ENDING = new Set<string>(["intake/closed", "recording/ending", "ledger/closing"]);

async function killAtFailpoints(experiment: Experiment, rounds: number): Promise<number> {
  const { random } = experiment;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of FAILPOINTS) {
      const isPassedOnce = ENDING.has(name) || name === "ledger/opened";
      const passage = isPassedOnce ? 1 : Math.round(random.between(1, FRAMES_A_FAULT));
      const life = experiment.launch({ env: { OSTWALD_FAILPOINT: `${name}:${passage}` } });
      if ((await experiment.follow()) && ENDING.has(name)) {
        await experiment.untilFurther(FRAMES_A_FAULT);
        life.child.kill("SIGTERM");
      }
      await experiment.until(
        `a death at ${name}`,
        () => life.child.signalCode !== null || life.child.exitCode !== null,
      );
      await life.ended;
      if (life.child.signalCode !== "SIGKILL") throw new Error(`the point ${name} was never passed\n${life.err()}`);
      experiment.follower.disconnect();
    }
  }
  await experiment.start();
  return rounds * FAILPOINTS.length;
}

async function termAtRandom(experiment: Experiment, amount: number): Promise<number> {
  for (let term = 0; term < amount; term += 1) {
    await experiment.start();
    await experiment.untilFurther(Math.round(experiment.random.between(0, 2 * FRAMES_A_FAULT)));
    await pause(experiment.random.between(0, 20));
    await experiment.stop();
  }
  await experiment.start();
  return amount;
}

/** Analyzers are the daemon's only children. */
function analyzerPidsOf(daemonPid: number | undefined): readonly number[] {
  return readFileSync(`/proc/${daemonPid}/task/${daemonPid}/children`, "utf8").trim().split(" ").map(Number);
}

async function freezeAtRandom(experiment: Experiment, amount: number): Promise<number> {
  const { random } = experiment;
  await experiment.start();
  for (let freeze = 0; freeze < amount; freeze += 1) {
    await experiment.untilFurther(Math.round(random.between(1, FRAMES_A_FAULT)));
    const daemonPid = experiment.life.child.pid ?? 0;
    const pid = random.uniform() < 0.5 ? daemonPid : (analyzerPidsOf(daemonPid)[0] ?? daemonPid);
    process.kill(pid, "SIGSTOP");
    await pause(random.between(10, 600));
    process.kill(pid, "SIGCONT");
  }
  await experiment.untilFurther(FRAMES_A_FAULT);
  return amount;
}

async function killAnalyzers(experiment: Experiment, amount: number): Promise<number> {
  await experiment.start();
  for (let kill = 0; kill < amount; kill += 1) {
    // The next one has taken over, and frames are analysed, before it is killed in turn: no frame is at two deaths.
    await experiment.untilFurther(FRAMES_A_FAULT + Math.round(experiment.random.between(0, FRAMES_A_FAULT)));
    const pid = analyzerPidsOf(experiment.life.child.pid)[0] ?? 0;
    if (pid > 0) process.kill(pid, "SIGKILL");
  }
  await experiment.untilFurther(FRAMES_A_FAULT);
  return amount;
}

/** Program on a socket in place of a folder: it keeps its frames until they are settled, and comes back. */
const OVER_SOCKET: Scenario["experiment"] = {
  createSender: (home, options) => new SocketSender(home, options),
};

/** Frames that do harm to the analyzer that opens them, each time: see magic-frames.mjs. */
const MAGIC = { NODE_OPTIONS: `--import=${new URL("../../../support/magic-frames.mjs", import.meta.url).pathname}` };
const HARMS = ["abort", "exit", "hang", "stop"] as const;
const POISON = { outcome: "rejected", particles: null, content: createHash("sha256").digest("hex") } as const;

async function offerMagicFrames(experiment: Experiment, amount: number): Promise<number> {
  const { sender } = experiment;
  if (!(sender instanceof FolderSender)) throw new TypeError("a magic frame is a file");
  await experiment.start({ env: MAGIC, flags: ["--frame-deadline-ms", "1500", "--analyzer-silence-ms", "6000"] });
  for (let frame = 0; frame < amount; frame += 1) {
    await experiment.untilFurther(Math.round(experiment.random.between(1, FRAMES_A_FAULT)));
    const label = `magic-${HARMS[frame % HARMS.length]}-${frame}.tif`;
    experiment.expect(label, POISON);
    await sender.add(label);
    await experiment.until(`the end of ${label}`, () => experiment.follower.ended.has(label));
  }
  return amount;
}

const onLinux = () => (process.platform === "linux" ? null : "processes and their children are read from /proc");

export const PROCESS_SCENARIOS: readonly Scenario[] = [
  {
    name: "kill",
    claim: "the daemon is killed (SIGKILL) at random points of its life, starts included",
    promises: [22],
    short: 5,
    long: 250,
    run: killAtRandom,
  },
  {
    name: "kill-socket",
    claim: "the same with frames from a program on a socket, which comes back by itself",
    promises: [22],
    short: 3,
    long: 250,
    experiment: OVER_SOCKET,
    run: killAtRandom,
  },
  {
    name: "failpoints",
    claim: "the daemon dies at every named point between a frame's arrival and the end of a daemon",
    promises: [22],
    short: 1,
    long: 5,
    run: killAtFailpoints,
  },
  {
    name: "failpoints-socket",
    claim: "the same with frames from a program on a socket",
    promises: [22],
    short: 1,
    long: 5,
    experiment: OVER_SOCKET,
    run: killAtFailpoints,
  },
  {
    name: "term",
    claim: "the daemon is asked to end (SIGTERM) at random points: it drains and exits with 0 in time",
    promises: [21],
    short: 4,
    long: 200,
    run: termAtRandom,
  },
  {
    name: "term-socket",
    claim: "the same with frames from a program on a socket",
    promises: [21],
    short: 2,
    long: 200,
    experiment: OVER_SOCKET,
    run: termAtRandom,
  },
  {
    name: "freeze",
    claim: "the daemon or its analyzer stands still (SIGSTOP) for a while, and goes on (SIGCONT)",
    promises: [13, 22],
    short: 5,
    long: 100,
    missing: onLinux,
    run: freezeAtRandom,
  },
  {
    name: "analyzer-killed",
    claim: "the analyzer is killed again and again",
    promises: [12, 13],
    short: 3,
    long: 100,
    missing: onLinux,
    run: killAnalyzers,
  },
  {
    name: "magic-frame",
    claim:
      "frames abort, end, hang or stop the analyzer that opens them: these are rejected as poison, all others analysed",
    promises: [13],
    short: 2,
    long: 40,
    missing: onLinux,
    run: offerMagicFrames,
  },
];
