/**
 * Sockets: a detector's full rate over a unix socket and over TCP, into the ingest protocol, and beside it into a process that only copies.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { freePort } from "../../src/daemon/cli/free-port.ts";
import { startReceiver } from "../../test/support/daemon.ts";
import type { IntakeScale } from "../intake.ts";
import type { Row } from "../report.ts";
import { row } from "../report.ts";
import { accountRows, analysedShare, coresDuring, listen, quantile, runScript, unixNowMs } from "./run.ts";

const FRAMES_PER_S = 1_000;
const EDGE_PX = 512;
const FRAME_BYTES = EDGE_PX * EDGE_PX;
const sentSchema = z.object({ sentAtMs: z.array(z.number()) });

type Where = { readonly path: string } | { readonly host: string; readonly port: number };

export async function benchSockets({ seconds }: IntakeScale): Promise<readonly Row[]> {
  const dir = await mkdtemp(join(tmpdir(), "ostwald-bench-"));
  try {
    const path = join(dir, "frames.sock");
    const port = await freePort("127.0.0.1", 18_970);
    return [
      ...(await runSocket("unix socket", `unix://${path}`, { path }, seconds)),
      ...(await runSocket("TCP", `tcp://127.0.0.1:${port}`, { host: "127.0.0.1", port }, seconds)),
    ];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function runSocket(kind: string, address: string, where: Where, seconds: number): Promise<readonly Row[]> {
  const count = FRAMES_PER_S * seconds;
  const name = `${kind}, ${FRAMES_PER_S} frames/s of ${EDGE_PX} x ${EDGE_PX}, ${seconds} s`;
  const load = { where, count, perSecond: FRAMES_PER_S, edgePx: EDGE_PX };
  const peerMs = await latenciesOfPeer(load);
  const daemon = await startReceiver([address], ["--segmenter", "threshold", "--cadence", "latest"]);
  const listener = await listen(daemon.url);
  try {
    const { result, cores } = await coresDuring(daemon, async () => {
      const { sentAtMs } = sentSchema.parse(await runScript("sender", { ...load, isRaw: false }));
      return { sentAtMs, health: await listener.untilEnded(count) };
    });
    const { sentAtMs } = result;
    // The daemon's clock of arrivals counts whole ms.
    const latenciesMs = listener.events.map(
      ({ label, receivedAtMs }) => receivedAtMs + 0.5 - (sentAtMs[Number(label.slice("frame_".length))] ?? Number.NaN),
    );
    const peer = `node:net, copied and left: p99 ${quantile(peerMs, 0.99).toFixed(2)} ms`;
    const spanMs = (sentAtMs.at(-1) ?? 0) - (sentAtMs[0] ?? 0);
    const missing = result.health.sources.reduce(
      (sum, { order }) => sum + (order?.missing ?? 0) + (order?.late ?? 0),
      0,
    );
    return [
      row({
        case: name,
        metric: "sent",
        value: ((count - 1) * 1_000) / spanMs,
        unit: "frames/s",
        goal: { relation: ">=", value: 0.99 * FRAMES_PER_S },
      }),
      row({
        case: name,
        metric: "sent to taken in, p99",
        value: quantile(latenciesMs, 0.99),
        unit: "ms",
        goal: { relation: "<=", value: 5 },
        peer,
      }),
      row({
        case: name,
        metric: "missing or late by the sender's numbers",
        value: missing,
        unit: "frames",
        goal: { relation: "<=", value: 0 },
      }),
      ...accountRows(
        name,
        Array.from({ length: count }, (_, index) => `frame_${index}`),
        listener,
        result.health,
      ),
      row({ case: name, metric: "analysed", value: 100 * analysedShare(listener), unit: "%" }),
      row({
        case: name,
        metric: "processor of the daemon",
        value: cores,
        unit: "cores",
        goal: { relation: "<=", value: 1 },
      }),
    ];
  } finally {
    listener.close();
    await daemon.stop();
  }
}

/** From sent to copied whole, ms, where nothing is done with a frame. */
async function latenciesOfPeer(load: { readonly where: Where; readonly count: number }): Promise<readonly number[]> {
  const arrivedAtMs: number[] = [];
  const frame = new Uint8Array(FRAME_BYTES);
  let filled = 0;
  const server = createServer((socket) =>
    socket.on("data", (chunk) => {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + FRAME_BYTES - filled);
        frame.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < FRAME_BYTES) continue;
        filled = 0;
        arrivedAtMs.push(unixNowMs());
      }
    }),
  );
  await new Promise<void>((resolve) => server.listen(load.where, resolve));
  const { sentAtMs } = sentSchema.parse(await runScript("sender", { ...load, isRaw: true }));
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return arrivedAtMs.map((atMs, index) => atMs - (sentAtMs[index] ?? Number.NaN));
}
