/**
 * Detectors for tests: servers on real sockets, and what became of what they sent.
 *
 * @module
 */
import { once } from "node:events";
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import { expect, onTestFinished } from "vitest";
import { type FrameFate, isConserved, sumAccounts, total } from "../../src/stream/base/accounting.js";
import { type Frame, FrameRejectedError, type RejectionReason } from "../../src/stream/base/frame.js";
import { frameFromPixels } from "../../src/stream/decode/pixels.js";
import { decodeImage } from "../../src/stream/decode/resolve.js";
import { systemClock } from "../../src/stream/flow/clock.js";
import { Intake, type QueuedFrame, type SequencedFrame } from "../../src/stream/flow/intake.js";
import { createDectrisSource } from "../../src/stream/source/dectris/dectris-source.js";
import type { FrameSource } from "../../src/stream/source/source.js";

/** A source that dials a detector there, and dials again at once. */
export function dectrisAt(port: number, channel: string | null = null) {
  return createDectrisSource({
    name: `dectris://127.0.0.1:${port}`,
    address: { host: "127.0.0.1", port },
    channel,
    clock: systemClock,
    retryMs: { first: 5, longest: 40 },
  });
}

/** A server on a free port of this machine; `serve` is told which connection it is, from 0. Closed after the test. */
export async function listen(serve: (socket: Socket, connection: number) => void): Promise<number> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // A client that goes in the middle of something is what these tests are about.
    socket.on("error", () => undefined);
    serve(socket, connections++);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a server without a port");
  return address.port;
}

/** What became of the frames of a source. */
export interface Taken {
  /** Labels and frames, in the order of intake. */
  readonly frames: { readonly label: string; readonly key: string; readonly frame: Frame }[];
  readonly rejections: { readonly label: string; readonly reason: RejectionReason; readonly detail: string }[];
  /** `start NAME` and `end`, with the number of frames taken in before. */
  readonly runs: { readonly change: string; readonly afterFrames: number }[];
  readonly intake: Intake;
}

/** Takes in all that a source offers, decodes it as the analyzer does, and remembers it as a ledger does. Closed after the test. */
export async function takeIn(source: FrameSource, gate: () => Promise<void> = async () => {}): Promise<Taken> {
  const fates = new Map<string, FrameFate>();
  const [frames, rejections, runs]: [Taken["frames"], Taken["rejections"], Taken["runs"]] = [[], [], []];
  const end = (queued: SequencedFrame, fate: FrameFate) => {
    fates.set(queued.frame.key, fate);
    intake.end(queued, fate);
  };
  const intake: Intake = new Intake({
    limits: { items: 4, bytes: 1e9 },
    cadence: { policy: "every" },
    clock: systemClock,
    onEarlyEnd: (queued, early) => {
      if (early.kind === "dropped") return intake.end(queued, early);
      const { reason, message } = early.error;
      rejections.push({ label: queued.frame.label, reason, detail: message });
      end(queued, { kind: "rejected", reason });
    },
    recordedFate: (_, key) => fates.get(key),
    changeRun: async (change) => {
      runs.push({ change: change.op === "endRun" ? "end" : `start ${change.name}`, afterFrames: intake.lastSeq });
    },
  });
  const decode = async (queued: QueuedFrame) => {
    const { payload, label, key } = queued.frame;
    try {
      if (payload.kind === "file") throw new Error("a detector offers no files");
      const frame = payload.kind === "bytes" ? await decodeImage(payload.bytes) : frameFromPixels(payload);
      frames.push({ label, key, frame });
      end(queued, { kind: "committed" });
    } catch (error) {
      if (!(error instanceof FrameRejectedError)) throw error;
      rejections.push({ label, reason: error.reason, detail: error.message });
      end(queued, { kind: "rejected", reason: error.reason });
    }
  };
  let wake: () => void = () => undefined;
  intake.onChange(() => wake());
  const run = async () => {
    while (!intake.isClosed) {
      await gate();
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const queued = intake.take();
      if (queued !== undefined) await decode(queued);
      else if (!intake.isClosed) await changed;
    }
  };
  const running = run();
  await source.start(intake.sinkFor(source));
  onTestFinished(async () => {
    await source.close();
    intake.close();
    await running;
    for (const { account } of intake.states().values()) expect(isConserved(account)).toBe(true);
  });
  return { frames, rejections, runs, intake };
}

/** What the detector's own numbers say about the way its frames came. */
export function orderOf({ intake }: Taken) {
  const [state] = intake.states().values();
  return state?.order;
}

/** The lost, rejected and committed frames of a source that has nothing under way: the conservation law, in numbers. */
export function accountOf({ intake }: Taken) {
  const { seen, committed, rejected, dropped, inFlight } = sumAccounts(
    [...intake.states().values()].map(({ account }) => account),
  );
  return { seen, committed, rejected: total(rejected), dropped: total(dropped), inFlight };
}

/** A way to a port on which connections can be cut. Closed after the test. */
export async function cuttable(
  port: number,
): Promise<{ readonly port: number; cut(): void; readonly connections: () => number }> {
  let connections = 0;
  let current: Socket | undefined;
  const own = await listen((socket, connection) => {
    connections = connection + 1;
    current = socket;
    const further = connect(port, "127.0.0.1");
    further.on("error", () => undefined);
    socket.pipe(further).pipe(socket);
    const end = () => {
      socket.destroy();
      further.destroy();
    };
    socket.on("close", end);
    further.on("close", end);
  });
  return { port: own, cut: () => current?.destroy(), connections: () => connections };
}
