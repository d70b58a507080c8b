/**
 * Floods: connections, messages, handshakes that never end, messages that never end, files by the ten thousand.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { WebSocket } from "ws";
import { encodeClientMessage } from "../../../../src/stream/protocol/codec.js";
import { SUBPROTOCOLS } from "../../../../src/stream/protocol/messages.js";
import { pause } from "../../../support/waiting.js";
import { streamUrl } from "../../../support/wire-client.js";
import type { Experiment } from "../experiment.js";
import type { Scenario } from "../scenario.js";
import { FolderSender } from "../sender.js";

const FRAMES_A_FAULT = 16;
/** What a flood may leave in the daemon's memory, MB: sockets and their buffers, not what was sent. */
const MEMORY_LIMIT_MB = 250;

function residentMb(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}

/** Runs a flood while frames go on, and looks at what is left in memory. */
async function endure(experiment: Experiment, flood: () => Promise<number>): Promise<number> {
  await experiment.start();
  await experiment.untilFurther(FRAMES_A_FAULT);
  const { pid } = experiment.life.child;
  const beforeMb = residentMb(pid);
  const count = await flood();
  await experiment.untilFurther(FRAMES_A_FAULT);
  const growthMb = residentMb(pid) - beforeMb;
  if (growthMb > MEMORY_LIMIT_MB) throw new Error(`the daemon's memory grew by ${growthMb.toFixed(0)} MB`);
  return count;
}

function settled(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("message", () => resolve());
    socket.once("close", () => resolve());
    socket.once("error", () => resolve());
  });
}

/** All at once; those past the limit are told to come later. The one client that matters stays connected. */
const connections = (experiment: Experiment, amount: number) =>
  endure(experiment, async () => {
    const sockets = Array.from(
      { length: amount },
      () => new WebSocket(streamUrl(experiment.url), SUBPROTOCOLS.msgpack),
    );
    for (const socket of sockets) socket.on("error", () => undefined);
    await Promise.all(sockets.map(settled));
    for (const socket of sockets) socket.terminate();
    return amount;
  });

/** `amount` messages as fast as they go; whoever sends more than may be is closed, and comes again. */
const messages = (experiment: Experiment, amount: number) =>
  endure(experiment, async () => {
    const request = encodeClientMessage("json", { op: "listRuns", requestId: "flood" });
    for (let sent = 0; sent < amount; ) {
      const socket = new WebSocket(streamUrl(experiment.url), SUBPROTOCOLS.json);
      socket.on("error", () => undefined);
      await new Promise<void>((resolve) => socket.once("open", resolve).once("close", () => resolve()));
      while (sent < amount && socket.readyState === WebSocket.OPEN && socket.bufferedAmount < 1_000_000) {
        socket.send(request);
        sent += 1;
        if (sent % 100 === 0) await pause(0);
      }
      socket.terminate();
    }
    return amount;
  });

const HANDSHAKE = [
  "GET /stream HTTP/1.1",
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  `Sec-WebSocket-Protocol: ${SUBPROTOCOLS.json}`,
].join("\r\n");

function opened(experiment: Experiment): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(experiment.url).port), "127.0.0.1", () => resolve(socket));
    socket.on("error", () => socket.destroy());
  });
}

/** Byte by byte, and never the last one. */
const handshakes = (experiment: Experiment, amount: number) =>
  endure(experiment, async () => {
    const sockets = await Promise.all(Array.from({ length: amount }, () => opened(experiment)));
    for (const byte of HANDSHAKE.slice(0, 40)) {
      for (const socket of sockets) if (!socket.destroyed) socket.write(byte);
      await pause(20);
    }
    for (const socket of sockets) socket.destroy();
    return amount;
  });

/** Pieces of one message without end: the connection is closed, and nothing is kept. */
const fragments = (experiment: Experiment, amount: number) =>
  endure(experiment, async () => {
    const { host } = new URL(experiment.url);
    const piece = Buffer.concat([Buffer.of(0x00, 0x80 | 100, 0, 0, 0, 0), Buffer.alloc(100, 0x20)]);
    for (let flood = 0; flood < amount; flood += 1) {
      const socket = await opened(experiment);
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      socket.resume();
      socket.write(`${HANDSHAKE.replace("127.0.0.1", host)}\r\n\r\n`);
      socket.write(Buffer.of(0x01, 0x81, 0, 0, 0, 0, 0x20));
      while (!socket.destroyed) {
        socket.write(piece);
        await pause(0);
      }
      await closed;
    }
    return amount;
  });

/** The daemon stands still while files are made, so that the system's queue of file events overflows. */
async function burst(experiment: Experiment, amount: number): Promise<number> {
  const { sender } = experiment;
  if (!(sender instanceof FolderSender)) throw new TypeError("a burst needs a folder");
  await experiment.start();
  await experiment.untilFurther(FRAMES_A_FAULT);
  const { pid } = experiment.life.child;
  process.kill(pid ?? 0, "SIGSTOP");
  try {
    await sender.burst(amount);
  } finally {
    process.kill(pid ?? 0, "SIGCONT");
  }
  const wanted = experiment.follower.received.length + amount;
  for (let before = -1; experiment.follower.received.length < wanted; ) {
    if (experiment.follower.received.length === before) throw new Error("the burst is not worked off");
    before = experiment.follower.received.length;
    await experiment.untilFurther(Math.min(500, wanted - before));
  }
  return amount;
}

export const FLOOD_SCENARIOS: readonly Scenario[] = [
  {
    name: "connections",
    claim: "connections come by the thousand at once: those past the limit are turned away, the others are served",
    promises: [16],
    short: 200,
    long: 1_000,
    run: connections,
  },
  {
    name: "messages",
    claim: "messages come by the ten thousand: whoever sends them is closed",
    promises: [16],
    short: 2_000,
    long: 10_000,
    run: messages,
  },
  {
    name: "handshakes",
    claim: "handshakes come byte by byte and never end",
    promises: [16],
    short: 50,
    long: 500,
    run: handshakes,
  },
  {
    name: "fragments",
    claim: "messages come in pieces without end: the connection is closed",
    promises: [16],
    short: 5,
    long: 200,
    run: fragments,
  },
  {
    name: "burst",
    claim: "files come in a burst while the daemon stands still: the system forgets file events, and no file is lost",
    promises: [7],
    short: 300,
    long: 40_000,
    run: burst,
  },
];
