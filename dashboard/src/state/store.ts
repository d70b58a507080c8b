/**
 * What the dashboard knows, and how each message of the daemon changes it. No DOM, no socket: messages in, cells out.
 *
 * @module
 */
import type { FrameAccount } from "../../../src/stream/base/accounting.js";
import type { RejectionReason } from "../../../src/stream/base/frame.js";
import type { ParticleTable } from "../../../src/stream/base/particles.js";
import type { AnalysisSettings } from "../../../src/stream/base/settings.js";
import type {
  FrameMessage,
  HealthMessage,
  HelloMessage,
  PreviewMessage,
  ServerMessage,
} from "../../../src/stream/protocol/messages.js";
import type { Cell } from "./cell.js";
import { createCell } from "./cell.js";
import { History, historyPoint } from "./history.js";

/** The settings in force and since which frame. */
export interface SettingsInForce {
  readonly settingsId: number;
  readonly fromSeq: number;
  readonly settings: AnalysisSettings;
}

/** The latest frame, and when it was committed on this machine's monotonic clock: the two wall clocks may disagree. */
export interface LatestFrame {
  readonly message: FrameMessage;
  readonly committedAtLocalMs: number;
  /** Typical time between frames, ms: a slow microscope is not a stale one. `null` before the second frame. */
  readonly intervalMs: number | null;
}

/** A picture and the particles of the same frame; the table is `null` while it has not arrived. */
export interface Scene {
  readonly preview: PreviewMessage;
  readonly table: ParticleTable | null;
}

/** The particles of one frame. */
export interface FrameParticles {
  readonly seq: number;
  readonly pixelSizeNm: number | null;
  readonly table: ParticleTable;
}

/** The last frame refused for a reason. */
export interface LastRejection {
  readonly reason: RejectionReason;
  readonly label: string;
  readonly detail: string;
  readonly atMs: number;
}

/** A picture can be this many frames behind the numbers before its table is forgotten. */
const TABLES_KEPT = 64;

/** Weight of the newest interval in the typical one. */
const INTERVAL_WEIGHT = 0.1;

export interface Store {
  readonly frame: Cell<LatestFrame | null>;
  readonly particles: Cell<FrameParticles | null>;
  readonly scene: Cell<Scene | null>;
  readonly health: Cell<HealthMessage | null>;
  readonly settings: Cell<SettingsInForce | null>;
  readonly rejections: Cell<readonly LastRejection[]>;
  /** Events that the daemon no longer held when they were asked for. */
  readonly missedEvents: Cell<number>;
  /** Counts changes of `history`. */
  readonly historyVersion: Cell<number>;
  readonly history: History;
  /** Takes one message that arrived at `nowMs` (monotonic). */
  apply(message: ServerMessage, nowMs: number): void;
}

export function createStore(): Store {
  const store = {
    frame: createCell<LatestFrame | null>(null),
    particles: createCell<FrameParticles | null>(null),
    scene: createCell<Scene | null>(null),
    health: createCell<HealthMessage | null>(null),
    settings: createCell<SettingsInForce | null>(null),
    rejections: createCell<readonly LastRejection[]>([]),
    missedEvents: createCell(0),
    historyVersion: createCell(0),
    history: new History(),
  };
  const tables = new Map<number, ParticleTable>();
  let sessionId: string | null = null;

  const forget = () => {
    store.frame.set(null);
    store.particles.set(null);
    store.scene.set(null);
    store.rejections.set([]);
    store.missedEvents.set(0);
    store.history.clear();
    tables.clear();
  };

  const takeFrame = (message: FrameMessage, committedAtLocalMs: number) => {
    const previous = store.frame.get();
    if (previous !== null && message.seq <= previous.message.seq) return;
    store.history.add(historyPoint(message));
    store.frame.set({ message, committedAtLocalMs, intervalMs: typicalInterval(previous, message) });
    store.historyVersion.set(store.historyVersion.get() + 1);
  };

  const takeParticles = (message: Extract<ServerMessage, { op: "particles" }>) => {
    const { seq, pixelSizeNm, columns } = message;
    tables.set(seq, columns);
    for (const old of tables.keys()) {
      if (tables.size <= TABLES_KEPT) break;
      tables.delete(old);
    }
    store.particles.set({ seq, pixelSizeNm, table: columns });
    const scene = store.scene.get();
    if (scene !== null && scene.preview.seq === seq) store.scene.set({ preview: scene.preview, table: columns });
  };

  const takeHello = (hello: HelloMessage, nowMs: number) => {
    if (hello.sessionId !== sessionId) forget();
    sessionId = hello.sessionId;
    store.health.set(hello.health);
    store.settings.set(hello.settings);
    for (const frame of hello.history) takeFrame(frame, nowMs - Math.max(0, hello.health.atMs - frame.committedAtMs));
    if (hello.particles !== null) takeParticles(hello.particles);
  };

  const apply = (message: ServerMessage, nowMs: number) => {
    if (message.op === "hello") takeHello(message, nowMs);
    else if (message.op === "frame") takeFrame(message, nowMs);
    else if (message.op === "particles") takeParticles(message);
    else if (message.op === "preview") store.scene.set({ preview: message, table: tables.get(message.seq) ?? null });
    else if (message.op === "health") store.health.set(message);
    else if (message.op === "settings") store.settings.set(message);
    else if (message.op === "rejected") store.rejections.set(withRejection(store.rejections.get(), message));
    else if (message.op === "gap") store.missedEvents.set(store.missedEvents.get() + message.toSeq - message.fromSeq + 1);
  };

  return { ...store, apply };
}

/** Smoothed time between commits, ms, on the daemon's own clock. */
function typicalInterval(previous: LatestFrame | null, message: FrameMessage): number | null {
  if (previous === null) return null;
  const elapsedMs = Math.max(0, message.committedAtMs - previous.message.committedAtMs);
  const perFrameMs = elapsedMs / (message.seq - previous.message.seq);
  if (previous.intervalMs === null) return perFrameMs;
  return previous.intervalMs + INTERVAL_WEIGHT * (perFrameMs - previous.intervalMs);
}

/** One entry a reason, the newest first. */
function withRejection(
  list: readonly LastRejection[],
  message: Extract<ServerMessage, { op: "rejected" }>,
): readonly LastRejection[] {
  const { reason, label, detail, receivedAtMs } = message;
  return [{ reason, label, detail, atMs: receivedAtMs }, ...list.filter((entry) => entry.reason !== reason)];
}

/** The account of all sources together. */
export function totalAccount(health: HealthMessage): FrameAccount {
  const accounts = health.sources.map((source) => source.account);
  return {
    seen: sum(accounts.map((account) => account.seen)),
    committed: sum(accounts.map((account) => account.committed)),
    rejected: sumByKey(accounts.map((account) => account.rejected)),
    dropped: sumByKey(accounts.map((account) => account.dropped)),
    inFlight: sum(accounts.map((account) => account.inFlight)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sumByKey<Key extends string>(
  counts: readonly Readonly<Partial<Record<Key, number | undefined>>>[],
): Partial<Record<Key, number>> {
  const totals: Partial<Record<Key, number>> = {};
  for (const one of counts) {
    for (const key in one) totals[key] = (totals[key] ?? 0) + (one[key] ?? 0);
  }
  return totals;
}
