import { rename, writeFile } from "node:fs/promises";
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
    await writeFile(join(daemon.dir, "series.tmp"), seriesOf());
    await rename(join(daemon.dir, "series.tmp"), join(daemon.dir, "series.npy"));
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
