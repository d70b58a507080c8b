/**
 * Intake at the pace of a detector, by sockets, by folder and in bursts; and the way through the threshold analysis to a client.
 *
 * Everything runs as it does for a user: the built daemon, senders and writers in processes of their own, a client on the stream. Each run
 * ends with the conservation law, and with every frame accounted for once. `--seconds N` and `--burst N` make it short.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { benchBurst, benchFolder } from "./intake/folder.ts";
import { benchSockets } from "./intake/sockets.ts";
import { benchLatency, benchThreshold } from "./intake/threshold.ts";
import type { Row } from "./report.ts";

/** How long each run takes. */
export interface IntakeScale {
  readonly seconds: number;
  /** Files of the burst. */
  readonly burst: number;
}

export async function intakeBench(args: readonly string[]): Promise<readonly Row[]> {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: { seconds: { type: "string" }, burst: { type: "string" }, only: { type: "string" } },
  });
  const scale: IntakeScale = { seconds: numberOf(values.seconds, 60), burst: numberOf(values.burst, 40_000) };
  const parts = {
    sockets: benchSockets,
    folder: benchFolder,
    burst: benchBurst,
    threshold: benchThreshold,
    latency: benchLatency,
  };
  const rows: Row[] = [];
  for (const [name, bench] of Object.entries(parts)) {
    if (typeof values.only !== "string" || values.only.split(",").includes(name)) rows.push(...(await bench(scale)));
  }
  return rows;
}

function numberOf(value: unknown, otherwise: number): number {
  const number = Number(value ?? otherwise);
  return Number.isFinite(number) && number > 0 ? number : otherwise;
}
