/**
 * Folders: a steady stream of files, and a burst.
 *
 * @module
 */
import { z } from "zod";
import { startDaemon } from "../../test/support/daemon.ts";
import type { IntakeScale } from "../intake.ts";
import type { Row } from "../report.ts";
import { row } from "../report.ts";
import { accountRows, analysedShare, coresDuring, listen, quantile, runScript } from "./run.ts";

const FILES_PER_S = 300;
const EDGE_PX = 512;
const BURST_EDGE_PX = 16;
const wroteSchema = z.object({ tookS: z.number() });

interface FolderRun {
  readonly name: string;
  readonly count: number;
  readonly perSecond: number | null;
  readonly edgePx: number;
  readonly cadence: string;
}

/** Files at the rate of a fast camera; what two cores cannot analyse is dropped by name. */
export function benchFolder({ seconds }: IntakeScale): Promise<readonly Row[]> {
  const name = `folder, ${FILES_PER_S} TIFFs/s of ${EDGE_PX} x ${EDGE_PX}, ${seconds} s`;
  return runFolder({ name, count: FILES_PER_S * seconds, perSecond: FILES_PER_S, edgePx: EDGE_PX, cadence: "latest" });
}

/** Files as fast as the disk takes them; every one is analysed. */
export function benchBurst({ burst }: IntakeScale): Promise<readonly Row[]> {
  const name = `folder, a burst of ${burst} files of ${BURST_EDGE_PX} x ${BURST_EDGE_PX}`;
  return runFolder({ name, count: burst, perSecond: null, edgePx: BURST_EDGE_PX, cadence: "every" });
}

async function runFolder({ name, count, perSecond, edgePx, cadence }: FolderRun): Promise<readonly Row[]> {
  const daemon = await startDaemon(["--segmenter", "threshold", "--cadence", cadence]);
  const listener = await listen(daemon.url);
  try {
    const { result, cores } = await coresDuring(daemon, async () => {
      const wrote = wroteSchema.parse(await runScript("writer", { dir: daemon.dir, count, perSecond, edgePx }));
      return { wrote, health: await listener.untilEnded(count) };
    });
    const expected = Array.from({ length: count }, (_, index) => `frame_${index}.tif`);
    const toClientMs = listener.events.map(({ heardAtMs, receivedAtMs }) => heardAtMs - receivedAtMs);
    const firstMs = listener.events[0]?.receivedAtMs ?? Number.NaN;
    const lastMs = listener.events.reduce((latest, { receivedAtMs }) => Math.max(latest, receivedAtMs), 0);
    return [
      row({ case: name, metric: "written", value: count / result.wrote.tookS, unit: "files/s" }),
      row({ case: name, metric: "taken", value: (count * 1_000) / Math.max(1, lastMs - firstMs), unit: "frames/s" }),
      ...accountRows(name, expected, listener, result.health),
      row({ case: name, metric: "analysed", value: 100 * analysedShare(listener), unit: "%" }),
      row({ case: name, metric: "taken to client, p99", value: quantile(toClientMs, 0.99), unit: "ms" }),
      row({ case: name, metric: "processor of the daemon", value: cores, unit: "cores" }),
    ];
  } finally {
    listener.close();
    await daemon.stop();
  }
}
