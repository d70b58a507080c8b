import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isConserved } from "../../../src/stream/base/accounting.js";
import { until } from "../../support/cli-process.js";
import { readRecorded } from "../../support/recorded.js";
import { QUICK_FLAGS, smallFrames } from "../../support/small-frames.js";
import { connectClient } from "../../support/stream-client.js";

const MAIN = fileURLToPath(new URL("../../../dist/daemon/main.js", import.meta.url));
const FRAMES = 120;
/** Room for a third of the frames. */
const ROOM_BYTES = 250_000;

/** The system's limit on the size of files, which can be lifted while the process runs: a disk that is full, and then is not. */
function hasPrlimit(): boolean {
  try {
    execFileSync("prlimit", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "ostwald-full-"));
  await smallFrames(join(home, "frames"), FRAMES);
});
afterAll(() => rm(home, { recursive: true, force: true }));

function startLimited(ledger: string) {
  const limit = `--fsize=${ROOM_BYTES}:unlimited`;
  const args = ["watch", join(home, "frames"), "--ledger", ledger, ...QUICK_FLAGS];
  const child = spawn("prlimit", [limit, process.execPath, MAIN, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, ended, url: () => /http:\/\/\S+/.exec(out)?.[0] };
}

describe.runIf(hasPrlimit())("a daemon whose disk is full", () => {
  it("says so, keeps frames waiting, loses and doubles none, and goes on by itself when there is room", async () => {
    const ledger = join(home, "resumed.ledger");
    const { child, ended, url } = startLimited(ledger);
    await until(() => url() !== undefined);
    const client = await connectClient(url() ?? "", "msgpack");
    const full = await client.untilHealth(
      ({ state, notes }) => state === "degraded" && /cannot be written/.test(notes.join()),
    );
    const waiting = full.sources[0]?.account;
    expect(waiting?.committed).toBeLessThan(FRAMES);
    expect(waiting?.inFlight).toBeGreaterThan(0);
    expect(waiting !== undefined && isConserved(waiting)).toBe(true);
    expect(client.events().length).toBeLessThanOrEqual(readRecorded(ledger).seqs.length);

    execFileSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:unlimited"]);
    await client.untilEvents(FRAMES);
    const well = await client.untilHealth(({ state }) => state === "ok");
    expect(well.sources[0]?.account).toMatchObject({ seen: FRAMES, committed: FRAMES, inFlight: 0 });
    client.close();
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    const { seqs, frames } = readRecorded(ledger);
    expect(seqs).toEqual(Array.from({ length: FRAMES }, (_, index) => index + 1));
    expect(new Set(frames.map(({ label }) => label)).size).toBe(FRAMES);
  }, 60_000);

  it("ends in order when it is asked to, and the next one analyses what was not recorded", async () => {
    const ledger = join(home, "ended.ledger");
    const full = startLimited(ledger);
    await until(() => full.url() !== undefined);
    const client = await connectClient(full.url() ?? "", "msgpack");
    await client.untilHealth(({ notes }) => /cannot be written/.test(notes.join()));
    client.close();
    full.child.kill("SIGTERM");
    expect(await full.ended).toBe(0);
    const before = readRecorded(ledger);
    expect(before.seqs).toEqual(before.seqs.map((_, index) => index + 1));
    expect(before.frames.length).toBeLessThan(FRAMES);

    const next = startLimited(ledger);
    await until(() => next.url() !== undefined);
    execFileSync("prlimit", ["--pid", String(next.child.pid), "--fsize=unlimited:unlimited"]);
    await until(() => readRecorded(ledger).frames.length === FRAMES);
    next.child.kill("SIGTERM");
    expect(await next.ended).toBe(0);
    const { seqs, frames } = readRecorded(ledger);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect(new Set(frames.map(({ label }) => label)).size).toBe(FRAMES);
  }, 60_000);
});
