/** The built daemon on the detector simulators of LiberTEM-live, which share no code with Ostwald. `OSTWALD_PYTHON` names their Python. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import type { EventMessage } from "../../../src/stream/protocol/messages.js";
import { startReceiver } from "../../support/daemon.js";
import { cuttable } from "../../support/detectors.js";
import { emptyFolder } from "../../support/folder.js";
import { QUICK_FLAGS } from "../../support/small-frames.js";
import { connectClient } from "../../support/stream-client.js";
import { pause } from "../../support/waiting.js";

const SCRIPT = fileURLToPath(new URL("./simulate.py", import.meta.url));
const { OSTWALD_PYTHON: PYTHON = "python3" } = process.env;
const FRAMES = 200;
const CUTS = 10;
/** The simulators load numba and more. */
const LIMIT_MS = 240_000;

const merlinPorts = z.object({ data: z.number(), control: z.number() });
const dectrisPorts = z.object({ stream: z.number(), api: z.number() });

/** Whether this machine's Python has the simulators and what feeds them. */
function hasSimulators(): boolean {
  const needed = "import importlib.util as i, sys; sys.exit(not all(map(i.find_spec, sys.argv[1:])))";
  try {
    execFileSync(PYTHON, ["-c", needed, "libertem_live", "h5py", "hdf5plugin", "flask", "zmq"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Starts a simulator and gives its ports. Ended after the test. */
async function simulator<Ports>(
  schema: z.ZodType<Ports>,
  kind: "merlin" | "dectris",
  ...more: string[]
): Promise<Ports> {
  const args = [SCRIPT, kind, await emptyFolder(), String(FRAMES), ...more];
  const child = spawn(PYTHON, args, { stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    child.stdin.end();
    setTimeout(() => child.kill("SIGKILL"), 5_000).unref();
    await once(child, "exit");
  });
  for await (const line of createInterface({ input: child.stdout })) return schema.parse(JSON.parse(line));
  throw new Error(`the ${kind} simulator ended with code ${child.exitCode}`);
}

/** A daemon on one detector, and a client of it. */
async function receiving(address: string, ...flags: readonly string[]) {
  const daemon = await startReceiver([address], [...QUICK_FLAGS, ...flags]);
  onTestFinished(() => void daemon.stop());
  return { daemon, client: await connectClient(daemon.url, "msgpack") };
}

const counts = (events: readonly EventMessage[]) =>
  events.map((event) => (event.op === "frame" ? event.statistics.count : event.op));
const numbers = (events: readonly EventMessage[]) => events.map(({ label }) => Number(label.split("#")[1]));
const from = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
const fiveEach = (count: number) => Array.from({ length: count }, () => 5);

describe.skipIf(!hasSimulators())("detector simulators of libertem-live", () => {
  it("Merlin: an acquisition that the daemon starts arrives complete, in order, analysed", {
    timeout: LIMIT_MS,
  }, async () => {
    const { data, control } = await simulator(merlinPorts, "merlin", "trigger");
    const flags = ["--merlin-control-port", String(control), "--merlin-start", "soft-trigger"];
    const { daemon, client } = await receiving(`merlin://127.0.0.1:${data}`, ...flags);
    const events = await client.untilEvents(FRAMES);
    expect(numbers(events)).toEqual(from(1, FRAMES));
    expect(counts(events)).toEqual(fiveEach(FRAMES));
    client.close();
    expect(await daemon.stop()).toBe(0);
    expect(daemon.log()).toContain(`${FRAMES} frames seen: ${FRAMES} analysed, 0 rejected, 0 dropped`);
  });

  it(`Merlin: the connection is cut ${CUTS} times, and each frame is analysed once`, {
    timeout: LIMIT_MS,
  }, async () => {
    const { data } = await simulator(merlinPorts, "merlin");
    const way = await cuttable(data);
    const { daemon, client } = await receiving(`merlin://127.0.0.1:${way.port}`);
    while (way.connections() <= CUTS) {
      await pause(60 + 25 * way.connections());
      way.cut();
    }
    const events = await client.untilEvents(FRAMES);
    client.close();
    expect(await daemon.stop()).toBe(0);
    expect(numbers(events)).toEqual(from(1, FRAMES));
    expect(counts(events)).toEqual(fiveEach(FRAMES));
    expect(daemon.log()).toContain(`${FRAMES} frames seen: ${FRAMES} analysed, 0 rejected, 0 dropped`);
  });

  it("DECTRIS: a series arrives complete, in order, analysed", { timeout: LIMIT_MS }, async () => {
    const { stream, api } = await simulator(dectrisPorts, "dectris");
    const { daemon, client } = await receiving(`dectris://127.0.0.1:${stream}`);
    await arm(api);
    const events = await client.untilEvents(FRAMES);
    client.close();
    expect(await daemon.stop()).toBe(0);
    expect(numbers(events)).toEqual(from(0, FRAMES));
    expect(counts(events)).toEqual(fiveEach(FRAMES));
    expect(daemon.log()).toContain(`${FRAMES} frames seen: ${FRAMES} analysed, 0 rejected, 0 dropped`);
  });

  it("DECTRIS: cut ten times, what came is analysed once, in order, and the rest is counted", {
    timeout: LIMIT_MS,
  }, async () => {
    const { stream, api } = await simulator(dectrisPorts, "dectris");
    const way = await cuttable(stream);
    const { daemon, client } = await receiving(`dectris://127.0.0.1:${way.port}`);
    await arm(api);
    while (way.connections() <= CUTS) {
      await pause(70);
      way.cut();
    }
    await pause(3_000);
    const health = await client.untilHealth(({ sources }) => sources.every(({ account }) => account.inFlight === 0));
    const events = client.events();
    client.close();
    expect(await daemon.stop()).toBe(0);
    const came = numbers(events);
    expect(came.length).toBeGreaterThan(0);
    const inBetween = Math.max(...came) - Math.min(...came) + 1 - came.length;
    expect(health.sources[0]?.order).toMatchObject({ numbered: came.length, missing: inBetween, late: 0, repeated: 0 });
    expect(came).toEqual([...new Set(came)].toSorted((a, b) => a - b));
    expect(counts(events)).toEqual(fiveEach(came.length));
    expect(daemon.log()).toContain(`${came.length} frames seen: ${came.length} analysed, 0 rejected, 0 dropped`);
  });
});

/** As the detector's own software begins a series. */
async function arm(apiPort: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${apiPort}/detector/api/1.8.0/command/arm`, { method: "PUT" });
  expect(response.ok).toBe(true);
}
