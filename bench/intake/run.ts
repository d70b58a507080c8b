/**
 * One run of the built daemon with a client that only counts.
 *
 * @module
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { isConserved } from "../../src/stream/base/accounting.ts";
import { encodeClientMessage, unpackValue } from "../../src/stream/protocol/codec.ts";
import type { HealthMessage, ServerMessage } from "../../src/stream/protocol/messages.ts";
import { SUBPROTOCOLS } from "../../src/stream/protocol/messages.ts";
import type { ReceiverProcess } from "../../test/support/daemon.ts";
import type { Row } from "../report.ts";
import { row } from "../report.ts";

/** An event as the client saw it. */
export interface SeenEvent {
  readonly label: string;
  readonly isAnalysed: boolean;
  readonly receivedAtMs: number;
  readonly committedAtMs: number;
  /** When the client had it, unix ms. */
  readonly heardAtMs: number;
}

export interface Listener {
  /** In the order of `seq`. */
  readonly events: readonly SeenEvent[];
  /** Places in the order that were missed or came twice. */
  readonly outOfOrder: () => number;
  /** Resolves when `count` frames have ended and none is under way. */
  untilEnded(count: number): Promise<HealthMessage>;
  close(): void;
}

/** Now, unix ms, finer than a ms. */
export function unixNowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** A script that listens to every event and looks at no picture. */
export async function listen(url: string): Promise<Listener> {
  const socket = new WebSocket(`${url.replace("http", "ws")}stream`, SUBPROTOCOLS.msgpack);
  socket.binaryType = "nodebuffer";
  const events: SeenEvent[] = [];
  let outOfOrder = 0;
  let lastSeq = 0;
  let health: HealthMessage | undefined;
  let check: () => void = () => undefined;
  const take = (message: ServerMessage) => {
    if (message.op === "health") health = message;
    else if (message.op === "frame" || message.op === "rejected" || message.op === "dropped") {
      if (message.seq !== lastSeq + 1) outOfOrder += 1;
      lastSeq = message.seq;
      const committedAtMs = message.op === "frame" ? message.committedAtMs : Number.NaN;
      const { label, receivedAtMs } = message;
      const isAnalysed = message.op === "frame";
      events.push({ label, isAnalysed, receivedAtMs, committedAtMs, heardAtMs: unixNowMs() });
    }
    check();
  };
  socket.on("message", (data: Buffer) => take(unpackValue(data) as ServerMessage));
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const channels = ["events", "health"] as const;
  socket.send(
    encodeClientMessage("msgpack", { op: "subscribe", requestId: "all", channels: [...channels], resumeAfterSeq: 0 }),
  );
  return {
    events,
    outOfOrder: () => outOfOrder,
    untilEnded: (count) =>
      new Promise((resolve) => {
        check = () => {
          const inFlight = health?.sources.reduce((sum, { account }) => sum + account.inFlight, 0);
          const seen = health?.sources.reduce((sum, { account }) => sum + account.seen, 0) ?? 0;
          if (health !== undefined && events.length >= count && seen >= count && inFlight === 0) resolve(health);
        };
        check();
      }),
    close: () => socket.terminate(),
  };
}

/** What a run came to, for every case: all there, once each, in order, and the account balanced. */
export function accountRows(
  name: string,
  expected: readonly string[],
  { events, outOfOrder }: Listener,
  health: HealthMessage,
) {
  const labels = new Set(events.map(({ label }) => label));
  const lost = expected.filter((label) => !labels.has(label)).length;
  const isBalanced = health.sources.every(({ account }) => isConserved(account));
  const none = { relation: "<=", value: 0 } as const;
  return [
    row({ case: name, metric: "lost", value: lost, unit: "frames", goal: none }),
    row({ case: name, metric: "taken twice", value: events.length - labels.size, unit: "frames", goal: none }),
    row({ case: name, metric: "out of order", value: outOfOrder(), unit: "frames", goal: none }),
    row({
      case: name,
      metric: "seen = committed + rejected + dropped + in flight",
      value: isBalanced ? 1 : 0,
      unit: "",
      goal: { relation: ">=", value: 1 },
    }),
  ] satisfies readonly Row[];
}

export function analysedShare({ events }: Listener): number {
  return events.filter(({ isAnalysed }) => isAnalysed).length / Math.max(1, events.length);
}

/** Processor time of a process and its threads, without its children, s. Linux only; NaN elsewhere. */
export async function cpuSeconds({ pid }: ChildProcess): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [, , , , , , , , , , , user, system] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(user) + Number(system)) / 100;
}

/** Runs `work` and gives the cores that the daemon used meanwhile. */
export async function coresDuring<Result>({ process: daemon }: ReceiverProcess, work: () => Promise<Result>) {
  const [startMs, startS] = [performance.now(), await cpuSeconds(daemon)];
  const result = await work();
  const usedS = (await cpuSeconds(daemon)) - startS;
  return { result, cores: (usedS * 1_000) / (performance.now() - startMs) };
}

/** Runs a script of this folder in a process of its own; gives what it prints, as JSON. */
export function runScript(name: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
  const script = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(args)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) =>
      code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`${name} ended with ${code}`)),
    );
  });
}

/** Quantile of figures, 0..1. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
