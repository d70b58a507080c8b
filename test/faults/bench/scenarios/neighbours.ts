/**
 * What is around the daemon: clients that do not read or are gone, a ledger that was damaged, others that want the same port.
 *
 * @module
 */
import { open, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { startCli } from "../../../support/cli-process.js";
import { QUICK_FLAGS } from "../../../support/small-frames.js";
import { TestClient } from "../../../support/wire-client.js";
import type { Experiment } from "../experiment.js";
import type { Scenario } from "../scenario.js";
import { FolderSender } from "../sender.js";

const FRAMES_A_FAULT = 16;

/** Clients that come and are gone, and some that read nothing until the end: these get every event then, without a gap. */
async function disturbByClients(experiment: Experiment, amount: number): Promise<number> {
  const { random } = experiment;
  await experiment.start();
  const stalled: TestClient[] = [];
  for (let client = 0; client < amount; client += 1) {
    const connected = await TestClient.connect(experiment.url, { encoding: client % 2 === 0 ? "json" : "msgpack" });
    await connected.subscribe({ channels: ["events", "particles", "preview"], resumeAfterSeq: 0 });
    const isDead = random.uniform() < 0.4 || stalled.length >= 50;
    if (isDead) connected.abandon();
    else {
      connected.stall();
      stalled.push(connected);
    }
    await experiment.untilFurther(3);
  }
  await experiment.untilFurther(FRAMES_A_FAULT);
  const { lastSeq } = experiment.follower;
  for (const client of stalled) {
    client.resume();
    await readAll(client, lastSeq);
    client.abandon();
  }
  return amount;
}

async function readAll(client: TestClient, lastSeq: number): Promise<void> {
  for (let wanted = 1; wanted <= lastSeq; ) {
    const message = await client.next();
    if (message.op === "gap") throw new Error(`a stalled client was told the gap ${message.fromSeq}..${message.toSeq}`);
    if (message.op !== "frame" && message.op !== "rejected" && message.op !== "dropped") continue;
    if (message.seq !== wanted) throw new Error(`a stalled client was told ${message.seq} where ${wanted} belongs`);
    wanted += 1;
  }
}

/** Ways in which a file loses its sense, each of which a check of its pages finds. */
const DAMAGES: readonly ((path: string, experiment: Experiment) => Promise<void>)[] = [
  async (path) => overwrite(path, 0, 100),
  async (path, { random }) => truncate(path, Math.round((await stat(path)).size * random.between(0.2, 0.8))),
  async (path) => overwrite(path, 4096, Math.round((await stat(path)).size / 2)),
];

async function overwrite(path: string, at: number, length: number): Promise<void> {
  const file = await open(path, "r+");
  await file.write(Buffer.alloc(length, 0xa5), 0, length, at);
  await file.close();
}

/** Between two daemons the ledger is damaged: the next one puts it aside, says so, and records anew what is still in the folder. */
async function damageLedger(experiment: Experiment, amount: number): Promise<number> {
  const { ledger, follower } = experiment;
  await experiment.start();
  for (let fault = 0; fault < amount; fault += 1) {
    await experiment.untilFurther(FRAMES_A_FAULT);
    await experiment.stop();
    await DAMAGES[fault % DAMAGES.length]?.(ledger, experiment);
    await experiment.start();
    await experiment.until("a health that says so", () => /is damaged/.test(follower.health?.notes.join() ?? ""));
  }
  return amount;
}

interface Refused {
  readonly flags: (experiment: Experiment) => readonly string[];
  readonly says: RegExp;
}

const REFUSED: readonly Refused[] = [
  {
    flags: ({ home, url }) => ["--port", new URL(url).port, "--ledger", join(home, "second.ledger")],
    says: /PortInUse|port \d+/,
  },
  { flags: ({ ledger }) => ["--ledger", ledger], says: /ledger/ },
];

/** Another daemon wants the same port, or the same ledger: it is refused with 2, and the first one does not notice. */
async function refuseSeconds(experiment: Experiment, amount: number): Promise<number> {
  await experiment.start();
  for (let fault = 0; fault < amount; fault += 1) {
    const refused = REFUSED[fault % REFUSED.length];
    if (refused === undefined) break;
    const flags = [...QUICK_FLAGS, ...refused.flags(experiment)];
    const second = startCli([...experiment.sender.command, ...flags]);
    const code = await second.ended;
    if (code !== 2 || !refused.says.test(second.err())) throw new Error(`exit code ${code}\n${second.err()}`);
    await experiment.untilFurther(FRAMES_A_FAULT);
  }
  return amount;
}

export const NEIGHBOUR_SCENARIOS: readonly Scenario[] = [
  {
    name: "clients",
    claim: "clients die, and others read nothing until the end: these get every event then, without a gap",
    promises: [15],
    short: 8,
    long: 80,
    run: disturbByClients,
  },
  {
    name: "ledger-damaged",
    claim: "the ledger is damaged between two daemons: it is put aside, and what is in the folder is recorded anew",
    promises: [22],
    short: 3,
    long: 12,
    // Every frame stays in its folder.
    experiment: { createSender: (home, options) => new FolderSender(join(home, "frames"), options, Infinity) },
    run: damageLedger,
  },
  {
    name: "second-daemon",
    claim: "another daemon wants the same port or the same ledger: exit code 2, and the first one goes on",
    promises: [23],
    short: 2,
    long: 20,
    run: refuseSeconds,
  },
];
