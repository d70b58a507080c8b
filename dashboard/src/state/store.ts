/**
 * What the dashboard knows, and how each message of the daemon changes it. No DOM, no socket: messages in, cells out.
 *
 * @module
 */
import type { FrameAccount } from "../../../src/stream/base/accounting.js";
import { sumAccounts } from "../../../src/stream/base/accounting.js";
import type { RejectionReason } from "../../../src/stream/base/frame.js";
import type { ParticleTable } from "../../../src/stream/base/particles.js";
import type { AnalysisSettings } from "../../../src/stream/base/settings.js";
import type { FilteredFrameMessage } from "../../../src/stream/protocol/filter-messages.js";
import { History, historyPoint } from "../../../src/stream/protocol/history.js";
import type {
  FrameMessage,
  HealthMessage,
  HelloMessage,
  PreviewMessage,
  ServerMessage,
} from "../../../src/stream/protocol/messages.js";
import type { RunEntry, RunState } from "../../../src/stream/protocol/run-messages.js";
import { createCell } from "./cell.js";

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

/** A run that has ended, as the charts show it while the present one goes on. */
export interface PastRun {
  readonly run: RunEntry;
  readonly history: History;
}

/** A picture can be this many frames behind the numbers before its table is forgotten. */
const TABLES_KEPT = 64;

/** Weight of the newest interval in the typical one. */
const INTERVAL_WEIGHT = 0.1;

type MessageOf<Op extends ServerMessage["op"]> = Extract<ServerMessage, { op: Op }>;

export class Store {
  readonly frame = createCell<LatestFrame | null>(null);
  readonly particles = createCell<FrameParticles | null>(null);
  readonly scene = createCell<Scene | null>(null);
  readonly health = createCell<HealthMessage | null>(null);
  readonly settings = createCell<SettingsInForce | null>(null);
  readonly rejections = createCell<readonly LastRejection[]>([]);
  /** The run that frames of now belong to. */
  readonly run = createCell<RunState | null>(null);
  /** All runs, as they were when they were last asked for. */
  readonly runs = createCell<readonly RunEntry[]>([]);
  /** The run that was opened; `null`: the charts show the present one. */
  readonly past = createCell<PastRun | null>(null);
  /** The last answer to `filterFrame`, until it is taken. */
  readonly filteredFrame = createCell<FilteredFrameMessage | null>(null);
  /** Events that the daemon no longer held when they were asked for. */
  readonly missedEvents = createCell(0);
  /** Counts changes of `history`. */
  readonly historyVersion = createCell(0);
  readonly history = new History();
  readonly #tables = new Map<number, ParticleTable>();
  #sessionId: string | null = null;

  /** Takes one message that arrived at `nowMs` (monotonic). */
  apply(message: ServerMessage, nowMs: number): void {
    if (message.op === "hello") this.#takeHello(message, nowMs);
    else if (message.op === "frame") this.#takeFrame(message, nowMs);
    else if (message.op === "particles") this.#takeParticles(message);
    else if (message.op === "preview") this.#takePreview(message);
    else if (message.op === "health") this.health.set(message);
    else if (message.op === "settings") this.settings.set(message);
    else if (message.op === "run") this.#takeRun(message.run);
    else if (message.op === "runs") this.runs.set(message.runs);
    else if (message.op === "runHistory") this.past.set(pastRun(message));
    else if (message.op === "filteredFrame") this.filteredFrame.set(message);
    else if (message.op === "rejected") this.rejections.set(withRejection(this.rejections.get(), message));
    else if (message.op === "gap") this.missedEvents.set(this.missedEvents.get() + message.toSeq - message.fromSeq + 1);
  }

  #takeHello(hello: HelloMessage, nowMs: number): void {
    if (hello.sessionId !== this.#sessionId) this.#forget();
    this.#sessionId = hello.sessionId;
    this.health.set(hello.health);
    this.settings.set(hello.settings);
    this.#takeRun(hello.run);
    for (const point of hello.history) this.history.add(point);
    const { lastFrame } = hello;
    if (lastFrame !== null)
      this.#takeFrame(lastFrame, nowMs - Math.max(0, hello.health.atMs - lastFrame.committedAtMs));
    for (const rejection of hello.rejections) this.rejections.set(withRejection(this.rejections.get(), rejection));
    if (hello.particles !== null) this.#takeParticles(hello.particles);
  }

  #takeFrame(message: FrameMessage, committedAtLocalMs: number): void {
    const previous = this.frame.get();
    if (previous !== null && message.seq <= previous.message.seq) return;
    // Frames of the run before may still be under way when one begins.
    if (message.seq >= (this.run.get()?.firstSeq ?? 0)) this.history.add(historyPoint(message));
    this.frame.set({ message, committedAtLocalMs, intervalMs: typicalInterval(previous, message) });
    this.historyVersion.set(this.historyVersion.get() + 1);
  }

  #takeRun(run: RunState | null): void {
    const before = this.run.get();
    if (run !== null && before !== null && run.runId !== before.runId) {
      this.history.clear();
      this.historyVersion.set(this.historyVersion.get() + 1);
    }
    // Ended and nothing begun yet: the charts keep what they show.
    if (run !== null) this.run.set(run);
  }

  #takeParticles({ seq, pixelSizeNm, columns }: MessageOf<"particles">): void {
    this.#tables.set(seq, columns);
    for (const old of this.#tables.keys()) {
      if (this.#tables.size <= TABLES_KEPT) break;
      this.#tables.delete(old);
    }
    this.particles.set({ seq, pixelSizeNm, table: columns });
    const scene = this.scene.get();
    if (scene !== null && scene.preview.seq === seq) this.scene.set({ preview: scene.preview, table: columns });
  }

  #takePreview(preview: PreviewMessage): void {
    this.scene.set({ preview, table: this.#tables.get(preview.seq) ?? null });
  }

  /** What was known is of another run. */
  #forget(): void {
    this.frame.set(null);
    this.particles.set(null);
    this.scene.set(null);
    this.rejections.set([]);
    this.missedEvents.set(0);
    this.run.set(null);
    this.runs.set([]);
    this.past.set(null);
    this.history.clear();
    this.historyVersion.set(this.historyVersion.get() + 1);
    this.#tables.clear();
  }
}

function pastRun({ run, history: points }: MessageOf<"runHistory">): PastRun {
  const history = new History();
  for (const point of points) history.add(point);
  return { run, history };
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
function withRejection(list: readonly LastRejection[], message: MessageOf<"rejected">): readonly LastRejection[] {
  const { reason, label, detail, receivedAtMs } = message;
  return [{ reason, label, detail, atMs: receivedAtMs }, ...list.filter((entry) => entry.reason !== reason)];
}

/** What is wrong, of the daemon and of each source, each thing once. */
export function healthNotes(health: HealthMessage): readonly string[] {
  const ofSources = health.sources
    .filter(({ state }) => state !== "ok")
    .map(({ name, detail }) => `${name}: ${detail}`);
  return [...new Set([...health.notes, ...ofSources])];
}

/** The account of all sources together. */
export function totalAccount(health: HealthMessage): FrameAccount {
  return sumAccounts(health.sources.map(({ account }) => account));
}
