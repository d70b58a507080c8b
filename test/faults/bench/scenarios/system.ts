/**
 * A system that fails: no room, a disk with errors, a clock that jumps, no file events.
 *
 * @module
 */
import { pause } from "../../../support/waiting.js";
import type { Experiment } from "../experiment.js";
import type { Scenario } from "../scenario.js";
import type { ErrnoName } from "../shim.js";
import { Shim, shimMissing } from "../shim.js";

const FRAMES_A_FAULT = 16;

/** Runs `work` with a shim that lasts as long as the experiment's daemon of now. */
async function underShim<Result>(experiment: Experiment, work: (shim: Shim) => Promise<Result>): Promise<Result> {
  const shim = new Shim(experiment.home);
  try {
    return await work(shim);
  } finally {
    shim.close();
  }
}

function failLedgerWrites(name: ErrnoName) {
  return (experiment: Experiment, amount: number) =>
    underShim(experiment, async (shim) => {
      const { random, follower } = experiment;
      await experiment.start({ env: shim.env });
      for (let fault = 0; fault < amount; fault += 1) {
        await experiment.untilFurther(Math.round(random.between(1, FRAMES_A_FAULT)));
        const before = shim.failures;
        shim.failWrites(name, experiment.ledger);
        await experiment.until("a write that failed", () => shim.failures > before);
        await experiment.until("a health that says so", () =>
          /cannot be written/.test(follower.health?.notes.join() ?? ""),
        );
        await pause(random.between(0, 500));
        shim.mendWrites();
        await experiment.until("a health that is well", () => follower.health?.state === "ok");
      }
      return amount;
    });
}

const HOUR_MS = 3_600_000;
const JUMPS_MS = [-HOUR_MS, 24 * HOUR_MS, 0] as const;

/** A run would end after a minute without frames. No jump may make it end, nor any latency absurd. */
const moveClock = (experiment: Experiment, amount: number) =>
  underShim(experiment, async (shim) => {
    const { follower } = experiment;
    await experiment.start({ env: shim.env, flags: ["--run-gap-min", "1"] });
    for (let jump = 0; jump < amount; jump += 1) {
      const offsetMs = JUMPS_MS[jump % JUMPS_MS.length] ?? 0;
      shim.moveClock(offsetMs);
      await experiment.untilFurther(FRAMES_A_FAULT);
      await experiment.until(
        "a health of the other time",
        () => Math.abs((follower.health?.atMs ?? 0) - Date.now() - offsetMs) < HOUR_MS / 2,
      );
      const { p99 } = follower.health?.latencyMs ?? { p99: 0 };
      if (p99 !== null && (p99 < 0 || p99 > HOUR_MS / 2)) throw new Error(`p99 latency ${p99} ms after a jump`);
      const runs = new Set(follower.received.map(({ sessionId }) => sessionId));
      if (runs.size !== 1) throw new Error("the session changed");
    }
    return amount;
  });

const WATCH_FAILURES: readonly ErrnoName[] = ["EMFILE", "ENOSPC"];

/** File events fail from the start of each daemon: files are found by listing, and health says so. */
const failWatches = (experiment: Experiment, amount: number) =>
  underShim(experiment, async (shim) => {
    for (let fault = 0; fault < amount; fault += 1) {
      if (fault > 0) await experiment.stop();
      const before = shim.failures;
      shim.failWatches(WATCH_FAILURES[fault % WATCH_FAILURES.length] ?? "EMFILE");
      await experiment.start({ env: shim.env, flags: ["--poll-ms", "50"] });
      await experiment.untilFurther(3 * FRAMES_A_FAULT);
      if (shim.failures === before) throw new Error("no watch was refused");
      await experiment.until(
        "a health that says so",
        () => experiment.follower.health?.sources[0]?.state === "degraded",
      );
    }
    return amount;
  });

export const SYSTEM_SCENARIOS: readonly Scenario[] = [
  {
    name: "ledger-enospc",
    claim: "there is no room for the ledger (ENOSPC), again and again, for a while",
    promises: [11],
    short: 2,
    long: 50,
    missing: shimMissing,
    run: failLedgerWrites("ENOSPC"),
  },
  {
    name: "ledger-eio",
    claim: "the ledger's disk gives errors (EIO), again and again, for a while",
    promises: [11],
    short: 2,
    long: 50,
    missing: shimMissing,
    run: failLedgerWrites("EIO"),
  },
  {
    name: "clock",
    claim: "the wall clock jumps back an hour, ahead a day, and home: no rate, order or timeout changes",
    promises: [20],
    short: 3,
    long: 60,
    missing: shimMissing,
    run: moveClock,
  },
  {
    name: "watcher",
    claim: "the system refuses file events (EMFILE, ENOSPC): files are found by listing, and health says so",
    promises: [3, 8],
    short: 2,
    long: 20,
    missing: shimMissing,
    run: failWatches,
  },
];
