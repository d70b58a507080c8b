/**
 * The threshold analysis end to end: how many frames a second, and how soon a result is at a client.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDaemon } from "../../test/support/daemon.ts";
import type { IntakeScale } from "../intake.ts";
import type { Row } from "../report.ts";
import { row } from "../report.ts";
import { accountRows, listen, quantile, runScript } from "./run.ts";

const SIZES = [
  { edgePx: 512, goalPerSecond: 250 },
  { edgePx: 256, goalPerSecond: 800 },
] as const;
const LATENCY_PER_S = 100;
const LATENCY_EDGE_PX = 512;
const THRESHOLD = ["--segmenter", "threshold"] as const;

/** Frames that lie in a folder already, all of them analysed. */
export async function benchThreshold({ seconds }: IntakeScale): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { edgePx, goalPerSecond } of SIZES) {
    const count = Math.ceil(goalPerSecond * Math.min(20, seconds));
    const name = `threshold, end to end, ${edgePx} x ${edgePx}, ${count} frames`;
    const dir = await mkdtemp(join(tmpdir(), "ostwald-bench-"));
    try {
      await runScript("writer", { dir, count, perSecond: null, edgePx });
      const daemon = await startDaemon(THRESHOLD, dir);
      const listener = await listen(daemon.url);
      const health = await listener.untilEnded(count);
      const committedMs = listener.events.map(({ committedAtMs }) => committedAtMs);
      const spanMs = Math.max(...committedMs) - Math.min(...committedMs);
      const goal = { relation: ">=", value: goalPerSecond } as const;
      rows.push(row({ case: name, metric: "rate", value: ((count - 1) * 1_000) / spanMs, unit: "frames/s", goal }));
      const expected = Array.from({ length: count }, (_, index) => `frame_${index}.tif`);
      rows.push(...accountRows(name, expected, listener, health));
      listener.close();
      await daemon.stop();
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
  return rows;
}

/** Frames at a steady pace; from the moment the daemon has found one to the moment a client has its result. */
export async function benchLatency({ seconds }: IntakeScale): Promise<readonly Row[]> {
  const count = LATENCY_PER_S * seconds;
  const name = `threshold, ${LATENCY_PER_S} frames/s of ${LATENCY_EDGE_PX} x ${LATENCY_EDGE_PX}, ${seconds} s`;
  const daemon = await startDaemon(THRESHOLD);
  const listener = await listen(daemon.url);
  try {
    await runScript("writer", { dir: daemon.dir, count, perSecond: LATENCY_PER_S, edgePx: LATENCY_EDGE_PX });
    const health = await listener.untilEnded(count);
    // The daemon's clock of arrivals counts whole ms.
    const latenciesMs = listener.events.map(({ heardAtMs, receivedAtMs }) => heardAtMs - receivedAtMs - 0.5);
    const expected = Array.from({ length: count }, (_, index) => `frame_${index}.tif`);
    return [
      row({
        case: name,
        metric: "received to client, p50",
        value: quantile(latenciesMs, 0.5),
        unit: "ms",
        goal: { relation: "<=", value: 12 },
      }),
      row({
        case: name,
        metric: "received to client, p99",
        value: quantile(latenciesMs, 0.99),
        unit: "ms",
        goal: { relation: "<=", value: 40 },
      }),
      ...accountRows(name, expected, listener, health),
    ];
  } finally {
    listener.close();
    await daemon.stop();
  }
}
