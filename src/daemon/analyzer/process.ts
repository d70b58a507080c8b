/**
 * The analyzer process: takes frames from its link, analyses them in batches, sends the results back.
 *
 * All native code runs here and only here, on one thread. The process ends by itself when its link closes, whatever became of the daemon.
 *
 * @module
 */
import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { isGpuError } from "../../shaders/gpu/errors.js";
import { errorText, isOstwaldError } from "../../stream/base/errors.js";
import { BEAT_FD, LINK_FD } from "./child.js";
import type { Arrived } from "./inbox.js";
import { Inbox } from "./inbox.js";
import { MessageReader, sendOver } from "./link.js";
import type { AnalyzerOptions, FrameIn, FromAnalyzer } from "./messages.js";
import { GPU_LOST_EXIT_CODE } from "./messages.js";
import type { DecodedFrame, Pipeline } from "./pipeline.js";
import { createPipeline } from "./pipeline.js";
import { warmUp } from "./warm-up.js";

/** The thread that beats needs next to no memory of its own, MB. */
const BEAT_MEMORY = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/** A frame that has arrived; it is read and decoded while those before it are computed. */
interface ArrivedFrame extends Arrived {
  readonly decoding: Promise<DecodedFrame>;
}

async function serve(
  pipeline: Pipeline,
  inbox: Inbox<ArrivedFrame>,
  send: (message: FromAnalyzer) => void,
): Promise<never> {
  for (;;) {
    const batch = await Promise.all((await inbox.batch()).map(({ decoding }) => decoding));
    for (const out of await pipeline.analyze(batch)) send(out);
    // Lets the link deliver what has come meanwhile, so that the next batch is as large as it can be.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Pixels travel beside their message. */
function withPixels(frame: FrameIn, bytes: Uint8Array): FrameIn {
  return frame.payload.kind === "file" ? frame : { ...frame, payload: { ...frame.payload, bytes } };
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? "") as AnalyzerOptions;
  new Worker(new URL("./beat.js", import.meta.url), { workerData: BEAT_FD, resourceLimits: BEAT_MEMORY });
  const fail = (error: unknown) => {
    process.stderr.write(`analyzer: ${error instanceof Error ? error.stack : errorText(error)}\n`);
    process.exit(isGpuError(error) ? GPU_LOST_EXIT_CODE : 1);
  };
  let take = (_frame: FrameIn): void => fail(new Error("a frame came before the analyzer was ready"));
  const reader = new MessageReader((frame, pixels) => take(withPixels(frame as FrameIn, pixels)));
  const read = (count: number): boolean => {
    try {
      reader.filled(count);
    } catch (error) {
      fail(error);
    }
    return true;
  };
  // The system writes pixels to where they stay. Node's types know `onread` of sockets that connect, its code that of any.
  const onread = { buffer: () => reader.space, callback: read };
  const opened = { fd: LINK_FD, readable: true, writable: true, onread };
  const stream = new Socket(opened);
  const send = (message: FromAnalyzer) => sendOver(stream, message);
  // Ctrl-C and service managers signal the whole group; the daemon decides when its analyzer ends, by closing the link.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  stream.on("end", () => process.exit(0));
  stream.on("error", () => process.exit(0));
  const pipeline = await createPipeline(options).catch((error: unknown) => {
    if (!isOstwaldError(error)) throw error;
    const { tag, received, expected, remedy } = error;
    send({ op: "refused", tag, received, expected, remedy });
    return null;
  });
  if (pipeline === null) return;
  await warmUp(pipeline);
  const { batchLimit: limit } = pipeline.ready;
  const inbox = new Inbox<ArrivedFrame>({ limit, waitMs: options.batchWaitMs, nowMs: () => performance.now() });
  take = (frame) => inbox.put({ settings: JSON.stringify(frame.settings), decoding: pipeline.decode(frame) });
  send({ op: "ready", ...pipeline.ready });
  await serve(pipeline, inbox, send).catch(fail);
}

await main();
