import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isConserved } from "../../src/stream/base/accounting.js";
import { startDaemon } from "../support/daemon.js";
import { noiseFreeSpheres } from "../support/simulated-frames.js";
import { connectClient } from "../support/stream-client.js";

const PAGES = 150;

/** A series of `PAGES` frames with the same particles, as a NumPy array: its pages are taken as fast as they are named. */
function seriesOf(): Uint8Array {
  const { frame } = noiseFreeSpheres();
  const { widthPx, heightPx, pixels } = frame;
  const shape = `{'descr': '|u1', 'fortran_order': False, 'shape': (${PAGES}, ${heightPx}, ${widthPx}), }`;
  const header = Buffer.from(`${shape.padEnd(117)}\n`, "latin1");
  const magic = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([magic, header, ...Array.from({ length: PAGES }, () => Uint8Array.from(pixels))]);
}

async function takeSeries(flags: readonly string[]) {
  const daemon = await startDaemon(["--segmenter", "threshold", "--filter", "nlm", ...flags]);
  try {
    const client = await connectClient(daemon.url, "msgpack");
    await writeSeries(daemon.dir);
    const events = await client.untilEvents(PAGES);
    const health = await client.untilHealth(({ sources }) => sources[0]?.account.inFlight === 0);
    client.close();
    const [source] = health.sources;
    if (source === undefined) throw new Error("the daemon has no source");
    const causes = events.flatMap((event) => (event.op === "dropped" ? [event.cause] : []));
    return { events, source, causes, analysed: events.filter(({ op }) => op === "frame").map(({ seq }) => seq) };
  } finally {
    await daemon.stop();
  }
}

/** Writes the series into a folder, as a whole. */
async function writeSeries(dir: string): Promise<void> {
  await writeFile(join(dir, "series.tmp"), seriesOf());
  await rename(join(dir, "series.tmp"), join(dir, "series.npy"));
}

describe("the built daemon with a spool", () => {
  it("analyses every frame, also those that waited on disk when it was killed, and each once", async () => {
    const home = await mkdtemp(join(tmpdir(), "ostwald-test-"));
    const watched = join(home, "frames");
    await mkdir(watched);
    const ledger = join(home, "run.ledger");
    const spooling = ["--cadence", "spool", "--segmenter", "threshold", "--queue-limit", "2", "--ledger", ledger];
    const first = await startDaemon([...spooling, "--filter", "nlm"], watched);
    try {
      const script = await connectClient(first.url, "msgpack");
      await writeSeries(watched);
      const spooled = await script.untilHealth(({ sources }) => (sources[0]?.spool?.frames ?? 0) > PAGES / 2);
      expect(spooled.sources.every(({ account }) => isConserved(account))).toBe(true);
      await script.untilEvents(5);
      script.close();
    } finally {
      first.process.kill("SIGKILL");
      await first.ended;
    }
    expect((await readdir(`${ledger}.spool`)).length).toBe(1);
    const second = await startDaemon([...spooling, "--filter", "none"], watched);
    try {
      const client = await connectClient(second.url, "msgpack");
      const events = await client.untilEvents(PAGES);
      const health = await client.untilHealth(({ sources }) => sources[0]?.account.inFlight === 0);
      client.close();
      expect(events.map(({ op }) => op)).toEqual(Array(PAGES).fill("frame"));
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: PAGES }, (_, index) => index + 1));
      expect(new Set(events.map(({ label }) => label)).size).toBe(PAGES);
      expect(health.sources[0]?.spool).toMatchObject({ frames: 0, trouble: null });
    } finally {
      expect(await second.stop()).toBe(0);
      await rm(home, { recursive: true, force: true });
    }
  }, 120_000);
});

describe("the built daemon, when frames come faster than they are analysed", () => {
  it.each([
    ["latest", "intake/latest", []],
    ["budget", "intake/budget", ["--latency-budget-ms", "150"]],
    ["every-nth", "intake/every-nth", ["--every-nth", "10"]],
  ] as const)(
    "analyses some with `%s`, and tells, counts and records each other one as %s",
    async (cadence, cause, flags) => {
      const { events, source, causes, analysed } = await takeSeries(["--cadence", cadence, ...flags]);
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: PAGES }, (_, index) => index + 1));
      expect(new Set(causes)).toEqual(new Set([cause]));
      expect(analysed.length + causes.length).toBe(PAGES);
      expect(analysed[0]).toBe(1);
      expect(source.account).toEqual({
        seen: PAGES,
        committed: analysed.length,
        rejected: {},
        dropped: { [cause]: causes.length },
        inFlight: 0,
      });
      expect(isConserved(source.account)).toBe(true);
      expect(source.cadence).toBe(cadence);
      if (cadence === "latest") expect(analysed.at(-1)).toBe(PAGES);
      if (cadence === "every-nth") expect(analysed).toEqual(Array.from({ length: 15 }, (_, index) => 10 * index + 1));
    },
    60_000,
  );
});
