import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventMessage } from "../../../src/stream/protocol/messages.js";
import { Random } from "../../../src/stream/source/simulated/random.js";
import type { CliProcess } from "../../support/cli-process.js";
import { startCli, until } from "../../support/cli-process.js";
import type { Recorded } from "../../support/recorded.js";
import { readRecorded } from "../../support/recorded.js";
import { QUICK_FLAGS, smallFrames } from "../../support/small-frames.js";
import type { StreamClient } from "../../support/stream-client.js";
import { connectClient } from "../../support/stream-client.js";

/** A long series is run with `OSTWALD_KILLS=500`. */
const { OSTWALD_KILLS = "8" } = process.env;
const KILLS = Number(OSTWALD_KILLS);
/** Frames between two kills, on average. */
const FRAMES_A_KILL = 24;
const FRAMES = (KILLS + 1) * FRAMES_A_KILL;
/** Longest start of a daemon on a busy machine, ms: kills fall into all of it. */
const START_MS = 2_500;

let home = "";
let frames = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "ostwald-kills-"));
  frames = await smallFrames(join(home, "frames"), FRAMES);
});
afterAll(() => rm(home, { recursive: true, force: true }));

const startDaemon = (ledger: string) => startCli(["watch", frames, "--ledger", ledger, ...QUICK_FLAGS]);

/** A client of a daemon that lives long enough to answer. */
async function clientOf(daemon: CliProcess): Promise<StreamClient | null> {
  const url = () => /http:\/\/\S+/.exec(daemon.out())?.[0];
  await until(() => url() !== undefined || hasEnded(daemon));
  const address = url();
  return address === undefined || hasEnded(daemon) ? null : connectClient(address, "msgpack");
}

function lastSeqOf(client: StreamClient | null): number {
  return client?.events().at(-1)?.seq ?? 0;
}

function hasEnded({ child }: CliProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Lets a daemon work until a random point, and kills it. Gives what a client was told. */
async function killAtRandom(ledger: string, random: Random): Promise<StreamClient | null> {
  const daemon = startDaemon(ledger);
  const isAtStart = random.uniform() < 0.25;
  if (isAtStart) {
    await pause(random.between(0, START_MS));
    daemon.child.kill("SIGKILL");
    await daemon.ended;
    return null;
  }
  const client = await clientOf(daemon);
  const hello = client?.messages.find((message) => message.op === "hello");
  const wanted = (hello?.lastSeq ?? 0) + Math.round(random.between(1, 2 * FRAMES_A_KILL));
  await until(() => hasEnded(daemon) || lastSeqOf(client) >= Math.min(wanted, FRAMES));
  await pause(random.between(0, 20));
  daemon.child.kill("SIGKILL");
  await daemon.ended;
  client?.close();
  return client;
}

/** Lets a daemon finish the folder, and stops it in order. */
async function finish(ledger: string): Promise<StreamClient> {
  const daemon = startDaemon(ledger);
  const client = await clientOf(daemon);
  if (client === null) throw new Error(daemon.err());
  await until(() => lastSeqOf(client) >= FRAMES);
  daemon.child.kill("SIGTERM");
  expect(await daemon.ended).toBe(0);
  client.close();
  return client;
}

describe(`a daemon that is killed ${KILLS} times at random points and started again on its ledger`, () => {
  let undisturbed: Recorded;
  let record: Recorded;
  const told: (readonly EventMessage[])[] = [];
  const sessions = new Set<string>();

  beforeAll(
    async () => {
      await finish(join(home, "undisturbed.ledger"));
      undisturbed = readRecorded(join(home, "undisturbed.ledger"));
      const random = new Random([9, 8, 7, KILLS]);
      const ledger = join(home, "killed.ledger");
      const clients: (StreamClient | null)[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) clients.push(await killAtRandom(ledger, random));
      clients.push(await finish(ledger));
      for (const client of clients) {
        if (client === null) continue;
        told.push(client.events());
        for (const message of client.messages) if (message.op === "hello") sessions.add(message.sessionId);
      }
      record = readRecorded(ledger);
    },
    120_000 + KILLS * 45_000,
  );

  it("has recorded what an undisturbed one records, each frame once", () => {
    expect(undisturbed.frames).toHaveLength(FRAMES);
    expect(record.frames).toEqual(undisturbed.frames);
  });

  it("has numbered events without a gap", () => {
    expect(record.seqs).toEqual(record.seqs.map((_, index) => index + 1));
  });

  it("has told clients nothing that it did not know afterwards, and the same each time, under one session", () => {
    const last = new Map(told.at(-1)?.map((event) => [event.seq, event]));
    expect(told.length).toBeGreaterThan(KILLS / 3);
    for (const events of told) {
      // Who asks for more than is held is told of the gap, which lies before the first event.
      const first = events[0]?.seq ?? 1;
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => first + index));
      for (const event of events) if (last.has(event.seq)) expect(event).toEqual(last.get(event.seq));
    }
    expect([...sessions]).toEqual([record.epoch]);
  });

  it("has gone on with one run", () => {
    expect(record.runs).toBe(1);
  });
});
