/**
 * A detector that sends frames: `sender.ts {"where", "count", "perSecond", "edgePx", "isRaw"}`. Prints when each was handed to its socket, unix ms.
 *
 * @module
 */
import { connect } from "node:net";
import { z } from "zod";
import { dialSocket, IngestSender } from "../../src/stream/ingest/sender.ts";
import { sampleFrame } from "./frame.ts";
import { atPace } from "./pace.ts";
import { unixNowMs } from "./run.ts";

const argsSchema = z.object({
  where: z.union([z.object({ path: z.string() }), z.object({ host: z.string(), port: z.number() })]),
  count: z.number(),
  perSecond: z.number(),
  edgePx: z.number(),
  /** Bare pixels to whoever counts them: the peer. */
  isRaw: z.boolean(),
});

const { where, count, perSecond, edgePx, isRaw } = argsSchema.parse(JSON.parse(process.argv[2] ?? ""));
const { pixels } = sampleFrame(edgePx);
const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
const sentAtMs: number[] = [];

async function sendFrames(): Promise<void> {
  const sender = await IngestSender.open({ connect: () => dialSocket(where, "daemon"), stream: "bench" });
  await atPace(count, perSecond, async (index) => {
    sentAtMs.push(unixNowMs());
    const size = { widthPx: edgePx, heightPx: edgePx, type: "u8" } as const;
    await sender.send({ op: "frame", label: `frame_${index}`, ...size, sequence: index }, bytes);
  });
  await sender.settled();
  sender.close();
}

async function sendBare(): Promise<void> {
  const socket = connect(where);
  await new Promise((resolve) => socket.once("connect", resolve));
  await atPace(count, perSecond, async () => {
    sentAtMs.push(unixNowMs());
    if (!socket.write(bytes)) await new Promise((resolve) => socket.once("drain", resolve));
  });
  await new Promise<void>((resolve) => socket.end(resolve));
}

await (isRaw ? sendBare() : sendFrames());
process.stdout.write(JSON.stringify({ sentAtMs }));
