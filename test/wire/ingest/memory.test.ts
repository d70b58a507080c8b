/** Frames that are read to where they stay: no frame is ever written over while somebody needs it, and a server ends with its connections. */
import { connect, createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/stream/flow/clock.js";
import { Intake, type QueuedFrame } from "../../../src/stream/flow/intake.js";
import { dialSocket, IngestSender } from "../../../src/stream/ingest/sender.js";
import { acceptedCarrier } from "../../../src/stream/ingest/socket-carrier.js";
import { ingestRig } from "../../support/ingest.js";

const FRAMES = 3_000;
const EDGE_PX = 96;

/** The bytes of a frame that is being looked at. */
function bytesOf({ frame: { payload } }: QueuedFrame): Uint8Array {
  if (payload.kind !== "pixels") throw new TypeError("a sender of pixels");
  return payload.bytes;
}

describe("memory that is filled again", () => {
  it("is never that of a frame that is still looked at, however many are dropped meanwhile", async () => {
    const intake: Intake = new Intake({
      limits: { items: 4, bytes: 1e9 },
      cadence: { policy: "latest" },
      clock: systemClock,
      onEarlyEnd: (frame, end) => end.kind === "dropped" && intake.end(frame, end),
    });
    const wrong: string[] = [];
    const memories = new Set<ArrayBufferLike>();
    let looked = 0;
    const look = async (queued: QueuedFrame) => {
      const bytes = bytesOf(queued);
      memories.add(bytes.buffer);
      const value = Number(queued.frame.label) % 251;
      // Dozens of frames come and go meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 3));
      if (!bytes.every((byte) => byte === value)) wrong.push(queued.frame.label);
      looked += 1;
      queued.frame.release?.();
      intake.end(queued, { kind: "committed" });
      next();
    };
    let isLooking = false;
    const next = () => {
      const queued = intake.take();
      isLooking = queued !== undefined;
      if (queued !== undefined) void look(queued);
    };
    intake.onChange(() => {
      if (!isLooking) next();
    });
    const rig = await ingestRig({ accept: (frame) => sink.offer(frame) });
    const sink = intake.sinkFor(rig.source);
    const sender = await IngestSender.open({ connect: () => dialSocket(rig.where, "daemon"), stream: "cam" });
    const size = { widthPx: EDGE_PX, heightPx: EDGE_PX, type: "u8" } as const;
    for (let number = 0; number < FRAMES; number++) {
      const pixels = new Uint8Array(EDGE_PX * EDGE_PX).fill(number % 251);
      await sender.send({ op: "frame", label: String(number), ...size }, pixels);
    }
    await sender.settled();
    sender.close();
    expect(wrong).toEqual([]);
    expect(looked).toBeGreaterThan(10);
    expect(looked).toBeLessThan(FRAMES);
    // Were each frame's own memory new, each would have another.
    expect(memories.size).toBeLessThan(looked);
  });
});

describe("a connection that was accepted", () => {
  it("is read to where its receiver wants it, and its server ends when it has", async () => {
    const server = createServer({ pauseOnConnect: true });
    const landed: number[] = [];
    const accepted = new Promise<Socket>((resolve) =>
      server.once("connection", (socket) => {
        const space = new Uint8Array(100_000);
        let filled = 0;
        const carrier = acceptedCarrier(socket, "peer");
        carrier.land({
          get space() {
            return space.subarray(filled);
          },
          filled(count) {
            landed.push(...space.subarray(filled, filled + count));
            filled += count;
          },
        });
        carrier.onEnd(() => carrier.close());
        resolve(socket);
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a server without a port");
    const client = connect(address.port, "127.0.0.1");
    const sent = Array.from({ length: 20_000 }, (_, i) => i % 256);
    client.end(Uint8Array.from(sent));
    // Should this fail, Node no longer keeps a connection where it did: frames are then read with a copy and a buffer for each piece.
    expect(Reflect.get(await accepted, "_handle")).toBeNull();
    await new Promise<void>((resolve) => client.once("close", () => resolve()));
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(landed).toEqual(sent);
  });
});
