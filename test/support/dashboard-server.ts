/**
 * The daemon's own server and hub with a synthetic experiment in place of analyzer and source: what the page sees is the real
 * protocol, the real policy headers and the built page, and a test decides what happens when.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { loadAssets } from "../../src/daemon/server/assets.js";
import type { RunningServer } from "../../src/daemon/server/start-server.js";
import { startServer } from "../../src/daemon/server/start-server.js";
import type { OstwaldError } from "../../src/stream/base/errors.js";
import type { AnalysisSettings } from "../../src/stream/base/settings.js";
import { DEFAULT_SETTINGS } from "../../src/stream/base/settings.js";
import { historyPoint } from "../../src/stream/protocol/history.js";
import type { EventMessage, FrameMessage, HealthMessage, SettingsMessage } from "../../src/stream/protocol/messages.js";
import type { SettingsPatch } from "../../src/stream/protocol/settings.js";
import { Hub } from "../../src/stream/serve/hub.js";
import type { Experiment, ExperimentFrame, ExperimentOptions } from "./dashboard-experiment.js";
import { createExperiment, SMALL_EXPERIMENT } from "./dashboard-experiment.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ASSETS = fileURLToPath(new URL("../../dist/dashboard/", import.meta.url));

/** Builds the page where no build is there yet. */
export async function builtDashboard(): Promise<string> {
  const isBuilt = await access(`${ASSETS}index.html`).then(
    () => true,
    () => false,
  );
  if (!isBuilt) await promisify(execFile)("npx", ["vite", "build", "dashboard"], { cwd: ROOT });
  return ASSETS;
}

export interface StandInOptions {
  readonly experiment?: ExperimentOptions;
  readonly sessionId?: string;
  readonly port?: number;
  /** Parts of the health that differ from a daemon where all is well. */
  readonly health?: Partial<HealthMessage>;
  /** What the daemon says to a change, if it refuses it. */
  readonly refuse?: (patch: SettingsPatch) => OstwaldError | null;
}

type Rejected = Extract<EventMessage, { op: "rejected" }>;

export class DashboardStandIn {
  readonly #options: StandInOptions;
  readonly #experiment: Experiment;
  readonly #hub: Hub;
  readonly #history: FrameMessage[] = [];
  readonly #patches: SettingsPatch[] = [];
  readonly #rejected: Partial<Record<Rejected["reason"], number>> = {};
  readonly #pulse: ReturnType<typeof setInterval>;
  #server: RunningServer | null = null;
  #last: ExperimentFrame | null = null;
  #settings: SettingsMessage = { op: "settings", settingsId: 1, fromSeq: 1, settings: DEFAULT_SETTINGS };
  #health: Partial<HealthMessage>;

  private constructor(options: StandInOptions) {
    this.#options = options;
    this.#experiment = createExperiment(options.experiment ?? SMALL_EXPERIMENT);
    this.#health = options.health ?? {};
    this.#hub = new Hub({
      hello: () => ({
        daemonVersion: "0.1.0",
        sessionId: options.sessionId ?? "first",
        settings: this.#settings,
        health: this.health(),
        run: null,
        history: this.#history.map(historyPoint),
        lastFrame: this.#history.at(-1) ?? null,
        rejections: [],
        particles: this.#last?.particles ?? null,
      }),
      configure: (patch) => this.#configure(patch),
      onDefect: (error) => {
        throw error;
      },
      monotonicMs: () => performance.now(),
    });
    this.#pulse = setInterval(() => this.#hub.publishHealth(this.health()), 250);
  }

  static async start(options: StandInOptions = {}): Promise<DashboardStandIn> {
    const standIn = new DashboardStandIn(options);
    await standIn.#listen(options.port ?? 0);
    return standIn;
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  get port(): number {
    return this.#server?.port ?? 0;
  }

  /** Changes that clients have asked for, in order. */
  get patches(): readonly SettingsPatch[] {
    return this.#patches;
  }

  get clientCount(): number {
    return this.#hub.clientCount;
  }

  get lastSeq(): number {
    return this.#hub.lastSeq;
  }

  /** Publishes the next frame of the experiment, received at `receivedAtMs`. */
  frame(receivedAtMs = Date.now()): ExperimentFrame {
    const frame = this.#experiment(this.#hub.lastSeq + 1, receivedAtMs);
    this.#last = frame;
    this.#history.push(frame.event);
    const previews = this.#hub.wantedPreviews().map((kind) => frame.preview(kind));
    this.#hub.publish(frame.event, { particles: frame.particles, previews });
    return frame;
  }

  /** Publishes `count` frames, one every `intervalMs`. */
  async frames(count: number, intervalMs: number): Promise<void> {
    for (let published = 0; published < count; published += 1) {
      this.frame();
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
  }

  reject(reason: Rejected["reason"], label: string, detail: string): void {
    this.#rejected[reason] = (this.#rejected[reason] ?? 0) + 1;
    const seq = this.#hub.lastSeq + 1;
    this.#hub.publish({ op: "rejected", seq, source: "simulated", label, receivedAtMs: Date.now(), reason, detail });
  }

  /** Changes settings as another client would. */
  settle(patch: Partial<AnalysisSettings>): void {
    const { settingsId, settings } = this.#settings;
    this.#settings = {
      op: "settings",
      settingsId: settingsId + 1,
      fromSeq: this.#hub.lastSeq + 1,
      settings: { ...settings, ...patch },
    };
    this.#hub.publishSettings(this.#settings);
  }

  setHealth(health: Partial<HealthMessage>): void {
    this.#health = health;
    this.#hub.publishHealth(this.health());
  }

  health(): HealthMessage {
    const rejectedCount = Object.values(this.#rejected).reduce((sum, count) => sum + count, 0);
    const committed = this.#history.length;
    return {
      op: "health",
      atMs: Date.now(),
      state: "ok",
      notes: [],
      sources: [
        {
          name: "folder:/data/2024-11-22/run-03",
          state: "ok",
          detail: "",
          account: {
            seen: committed + rejectedCount + 2,
            committed,
            rejected: { ...this.#rejected },
            dropped: {},
            inFlight: 2,
          },
          cadence: "every",
          queue: { length: 2, limit: 64 },
          order: null,
          spool: null,
        },
      ],
      analyzer: {
        state: "ready",
        restarts: 0,
        filterBackend: "CPU (WebAssembly SIMD)",
        segmenterBackend: "CPU (onnxruntime)",
        residentBytes: 412e6,
      },
      queue: { length: 2, limit: 64 },
      framesPerSecond: committed === 0 ? 0 : 24.9,
      latencyMs: committed === 0 ? { p50: null, p99: null } : { p50: 41, p99: 96 },
      batch: committed === 0 ? { mean: null, largest: null } : { mean: 1, largest: 1 },
      clients: this.#hub.clientCount,
      daemonResidentBytes: 168e6,
      ...this.#health,
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#pulse);
    await this.#server?.close();
  }

  async #listen(port: number): Promise<void> {
    const assets = await loadAssets(await builtDashboard());
    this.#server = await startServer({ host: "127.0.0.1", port, hub: this.#hub, assets, health: () => this.health() });
  }

  async #configure(patch: SettingsPatch): Promise<void> {
    this.#patches.push(patch);
    const refusal = this.#options.refuse?.(patch) ?? null;
    if (refusal !== null) throw refusal;
    this.settle(Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)));
  }
}
