import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { FlightRecorder } from "../../../src/daemon/observe/flight-recorder.js";
import { createLog } from "../../../src/daemon/observe/log.js";
import type { MonotonicMs, UnixMs } from "../../../src/stream/base/units.js";

async function recorder() {
  const parent = await mkdtemp(join(tmpdir(), "ostwald-flight-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const dir = join(parent, "faults");
  const now = { unixMs: 1_700_000_000_000, monotonicMs: 1_000 };
  const clock = { unixMs: () => now.unixMs as UnixMs, monotonicMs: () => now.monotonicMs as MonotonicMs };
  const flight = new FlightRecorder({ clock, dir });
  const entries = () =>
    flight
      .dump()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  const files = () => readdir(dir).catch(() => []);
  return { flight, now, dir, entries, files };
}

it("gives decisions and log lines in the order they were made, whatever the clock of the wall did meanwhile", async () => {
  const { flight, now, entries } = await recorder();
  flight.record("frame-taken", { seq: 1 });
  now.monotonicMs += 1;
  flight.takeLine('{"level":30,"event":"analyzer-ready"}\n');
  now.monotonicMs += 1;
  now.unixMs -= 3_600_000;
  flight.record("frame-ended", { seq: 1, how: "committed" });
  expect(entries()).toEqual([
    { atMs: 1_699_996_399_998, what: "frame-taken", seq: 1 },
    { atMs: 1_699_996_399_999, what: "log", line: { level: 30, event: "analyzer-ready" } },
    { atMs: 1_699_996_400_000, what: "frame-ended", seq: 1, how: "committed" },
  ]);
});

it("holds the last decisions only, and no flood of them pushes a log line out", async () => {
  const { flight, now, entries } = await recorder();
  flight.takeLine('{"level":40,"event":"first"}\n');
  now.monotonicMs += 1;
  for (let seq = 1; seq <= 40_000; seq += 1) flight.record("frame-sent", { seq });
  const all = entries();
  expect(all).toHaveLength(16_384 + 1);
  expect(all.at(-1)).toMatchObject({ seq: 40_000 });
  expect(all.filter(({ what }) => what === "log")).toHaveLength(1);
});

it("writes a file on a fault, not again within a minute, on request always, and keeps 16", async () => {
  const { flight, now, dir, files } = await recorder();
  const log = createLog({ level: "error", format: "json", write: () => undefined, keep: flight.takeLine });
  log.info({ event: "analyzer-ready" }, "well");
  await flight.settled();
  expect(await files()).toEqual([]);
  log.warn({ event: "analyzer-died" }, "dead");
  log.error({ event: "ledger-stalled" }, "full");
  await flight.settled();
  const [first = ""] = await files();
  expect(await files()).toEqual([expect.stringMatching(/^flight-2023-.*-analyzer-died\.jsonl$/)]);
  expect(await readFile(join(dir, first), "utf8")).toContain("analyzer-ready");
  now.monotonicMs += 60_001;
  now.unixMs += 60_001;
  log.error({ event: "ledger-stalled" }, "full");
  await flight.settled();
  expect(await files()).toHaveLength(2);
  for (let i = 0; i < 20; i += 1) {
    now.unixMs += 1;
    await flight.keep("asked");
  }
  const kept = await files();
  expect(kept).toHaveLength(16);
  expect(kept.every((name) => name.endsWith("-asked.jsonl"))).toBe(true);
});
