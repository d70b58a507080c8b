import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createLog } from "../../../src/daemon/observe/log.js";
import { Quarantine } from "../../../src/daemon/observe/quarantine.js";
import type { FrameSeq, MonotonicMs, UnixMs } from "../../../src/stream/base/units.js";
import type { QueuedFrame } from "../../../src/stream/flow/intake.js";
import type { FramePayload } from "../../../src/stream/source/source.js";
import { offeredFrame } from "../../support/frames.js";

const lines: string[] = [];
const log = createLog({ level: "warn", format: "json", write: (line) => void lines.push(line) });

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "ostwald-quarantine-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

function queued(seq: number, payload: FramePayload, label = "a/../b c.tif"): QueuedFrame {
  const frame = { ...offeredFrame(seq), label, payload };
  return { seq: seq as FrameSeq, source: "scripted", takenInAtMs: 0 as MonotonicMs, frame };
}

it("keeps the bytes of a frame and the reason, under a name that leads nowhere else", async () => {
  const dir = join(await folder(), "quarantine");
  const quarantine = new Quarantine({ dir, log });
  await quarantine.keep(queued(7, { kind: "bytes", bytes: Uint8Array.of(1, 2, 3) }), "it died");
  const [bytes = "", record = ""] = await readdir(dir);
  expect([bytes, record]).toEqual(["000000007-a_.._b_c.tif", "000000007-a_.._b_c.tif.json"]);
  expect([...(await readFile(join(dir, bytes)))]).toEqual([1, 2, 3]);
  expect(JSON.parse(await readFile(join(dir, record), "utf8"))).toMatchObject({
    seq: 7,
    reason: "it died",
    payload: { kind: "bytes", bytes },
  });
  expect(quarantine.notes()).toEqual([
    expect.stringContaining(`1 frame has killed the analyzer and can be found in ${dir}`),
  ]);
});

it("copies a file, keeps 32 frames at most, and knows after a restart how many there are", async () => {
  const home = await folder();
  const path = join(home, "frame.tif");
  await writeFile(path, "pixels");
  const dir = join(home, "quarantine");
  const quarantine = new Quarantine({ dir, log });
  const fingerprint = { sizeBytes: 6, modifiedAtMs: 0 as UnixMs, inode: 1 };
  for (let seq = 1; seq <= 40; seq += 1) {
    await quarantine.keep(queued(seq, { kind: "file", path, fingerprint, page: 0 }, "frame.tif"), "it died");
  }
  const names = await readdir(dir);
  expect(names).toHaveLength(64);
  expect(names).toContain("000000040-frame.tif");
  expect(names).not.toContain("000000008-frame.tif");
  const next = new Quarantine({ dir, log });
  await expect.poll(() => next.count).toBe(32);
});

it("says in the log what it could not keep, and goes on", async () => {
  const quarantine = new Quarantine({ dir: "/dev/null/quarantine", log });
  await quarantine.keep(queued(1, { kind: "bytes", bytes: Uint8Array.of(1) }), "it died");
  expect(lines.join("")).toContain("quarantine-failed");
  expect(quarantine.notes()).toEqual([]);
});
