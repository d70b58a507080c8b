import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isConserved } from "../../src/stream/base/accounting.js";
import { encodeTiff } from "../../src/stream/source/simulated/encode-tiff.js";
import { startDaemon } from "../support/daemon.js";
import { noisySpheres } from "../support/simulated-frames.js";
import { connectClient } from "../support/stream-client.js";

const FRAMES = 60;

/** The analyzer is the daemon's only child. */
async function analyzerPidOf(daemonPid: number | undefined): Promise<number> {
  const children = await readFile(`/proc/${daemonPid}/task/${daemonPid}/children`, "utf8");
  return Number(children.trim().split(" ")[0]);
}

// Processes and their children are read from /proc.
it.runIf(process.platform === "linux")(
  "killing the analyzer in mid-run, again and again, loses no frame, doubles none, and the account is conserved",
  async () => {
    const daemon = await startDaemon(["--segmenter", "threshold", "--poll-ms", "100"]);
    const client = await connectClient(daemon.url, "msgpack");
    const bytes = encodeTiff(noisySpheres());
    const killed = new Set<number>();
    for (let frame = 1; frame <= FRAMES; frame += 1) {
      await writeFile(join(daemon.dir, `${frame}.tmp`), bytes);
      await rename(join(daemon.dir, `${frame}.tmp`), join(daemon.dir, `frame_${frame}.tif`));
      if (frame % 15 === 0) {
        const pid = await analyzerPidOf(daemon.process.pid);
        if (pid > 0) process.kill(pid, "SIGKILL");
        killed.add(pid);
        // The next one takes over before it is killed in turn.
        await client.untilEvents(frame);
      }
    }
    const events = await client.untilEvents(FRAMES);
    const health = await client.untilHealth(({ sources }) => sources[0]?.account.inFlight === 0);
    expect(killed.size).toBe(FRAMES / 15);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: FRAMES }, (_, index) => index + 1));
    expect(events.filter(({ op }) => op !== "frame")).toEqual([]);
    expect(new Set(events.map(({ label }) => label)).size).toBe(FRAMES);
    const account = health.sources[0]?.account;
    expect(account).toEqual({ seen: FRAMES, committed: FRAMES, rejected: {}, dropped: {}, inFlight: 0 });
    expect(account !== undefined && isConserved(account)).toBe(true);
    expect(health.analyzer.restarts).toBeGreaterThanOrEqual(killed.size);
    client.close();
    expect(await daemon.stop()).toBe(0);
  },
  60_000,
);
