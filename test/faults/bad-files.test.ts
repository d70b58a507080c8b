import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { encodePng } from "../../src/stream/source/simulated/encode-png.js";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.js";
import { startDaemon } from "../support/daemon.js";
import { hugePng } from "../support/files.js";
import { noisySpheres } from "../support/simulated-frames.js";
import { connectClient } from "../support/stream-client.js";

it("rejects each unusable file with its reason and goes on", async () => {
  const daemon = await startDaemon(["--segmenter", "threshold", "--poll-ms", "100", "--incomplete-timeout-ms", "500"]);
  const client = await connectClient(daemon.url, "json");
  const good = noisySpheres();
  const png = await encodePng(good);
  const pixels = new Float32Array(64 * 64).fill(Number.NaN);
  const files: Readonly<Record<string, Uint8Array>> = {
    "truncated.png": png.subarray(0, png.length / 2),
    "text.tif": new TextEncoder().encode("This is the log of the microscope and no image at all.\n"),
    "empty.png": new Uint8Array(),
    "huge.png": hugePng(20_000, 20_000),
    "nan.tif": encodeTiff({ ...good, widthPx: 64, heightPx: 64, pixels }),
    "good.png": png,
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(daemon.dir, name), bytes);
  const events = await client.untilEvents(Object.keys(files).length);
  const ends = Object.fromEntries(
    events.map((event) => [event.label, event.op === "rejected" ? event.reason : event.op]),
  );
  expect(ends).toEqual({
    "truncated.png": "incomplete",
    "text.tif": "unrecognised-format",
    "empty.png": "empty",
    "huge.png": "too-large",
    "nan.tif": "not-finite",
    "good.png": "frame",
  });
  for (const event of events)
    if (event.op === "rejected") expect(event.detail).toMatch(/received .*; expected .*\. \S/);

  await writeFile(join(daemon.dir, "after.png"), png);
  const after = await client.untilEvents(events.length + 1);
  expect(after.at(-1)).toMatchObject({ op: "frame", label: "after.png" });
  const health = await client.untilHealth(({ sources }) => sources[0]?.account.inFlight === 0);
  expect(health.sources[0]?.account).toEqual({
    seen: 7,
    committed: 2,
    rejected: { incomplete: 1, "unrecognised-format": 1, empty: 1, "too-large": 1, "not-finite": 1 },
    dropped: {},
    inFlight: 0,
  });
  client.close();
  expect(await daemon.stop()).toBe(0);
}, 60_000);
