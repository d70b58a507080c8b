/**
 * The composition root: sources, intake, analyzer, session, hub and server, wired into one daemon.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { FrameAccount } from "../stream/base/accounting.js";
import { sumAccounts } from "../stream/base/accounting.js";
import { systemClock } from "../stream/flow/clock.js";
import { Intake } from "../stream/flow/intake.js";
import type { HealthMessage } from "../stream/protocol/messages.js";
import { Hub } from "../stream/serve/hub.js";
import type { FrameSource } from "../stream/source/source.js";
import { startAnalyzers } from "./analyzer/pool.js";
import { DASHBOARD_DIR, readPackage } from "./config/package.js";
import type { Config } from "./config/schema.js";
import { analysisSettings, analyzerOptions } from "./config/schema.js";
import { readHealth } from "./observe/health.js";
import type { Logger } from "./observe/log.js";
import { ThroughputWindow } from "./observe/throughput.js";
import { loadAssets } from "./server/assets.js";
import type { RunningServer } from "./server/start-server.js";
import { startServer } from "./server/start-server.js";
import { Publisher } from "./session/publisher.js";
import { Session } from "./session/session.js";
import { SettingsState } from "./session/settings-state.js";

const HEALTH_INTERVAL_MS = 500;

export interface AppOptions {
  readonly config: Config;
  readonly sources: readonly FrameSource[];
  readonly log: Logger;
}

/** A running daemon. */
export interface App {
  /** Where dashboard and stream are served. */
  readonly url: string;
  /** What was replaced by something slower, and why, as known at the start. */
  readonly notes: readonly string[];
  /** All sources together. */
  account(): FrameAccount;
  /** Resolves, once, with the error that keeps the daemon from going on. It is then still to be closed. */
  readonly failed: Promise<Error>;
  /** Takes no more frames in, finishes those at the analyzer, drops by name those that wait, ends. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a daemon; resolves when it takes frames. Raises PortInUseError, AnalyzerRefusedError, AnalyzerFailedError and what a
 * source raises at its start; nothing is left running then.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const daemon = assemble(options);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= daemon.close();
    return closing;
  };
  try {
    const { url } = await daemon.listen();
    const { notes } = await daemon.analyzer.ready();
    for (const source of options.sources) await source.start(daemon.intake.sinkFor(source));
    return { url, notes, account: () => sumAccounts(daemon.intake.accounts().values()), failed: daemon.failed, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function assemble({ config, sources, log }: AppOptions) {
  const clock = systemClock;
  const settings = new SettingsState(analysisSettings(config));
  const throughput = new ThroughputWindow();
  const analyzer = startAnalyzers({ count: config.analyzers, analyzer: analyzerOptions(config), log });
  const intake: Intake = new Intake({
    queueLimit: config.queueLimit,
    policy: config.queuePolicy,
    clock,
    onEarlyEnd: (frame, end) => session.endEarly(frame, end),
  });
  const health = (): HealthMessage =>
    readHealth({ clock, sources, intake, analyzer, throughput, clients: () => hub.clientCount });
  const identity = { daemonVersion: readPackage().version, sessionId: randomUUID() };
  const hub: Hub = new Hub({
    hello: () => ({ ...identity, settings: settings.current, health: health(), ...publisher.past() }),
    configure: async (patch) => hub.publishSettings(settings.apply(patch)),
    onDefect: (error) => log.error({ err: error }, "a client's request failed"),
    monotonicMs: () => clock.monotonicMs(),
  });
  const publisher = new Publisher({ hub, clock, throughput, log });
  const failure = failureOf(log);
  const session = new Session({
    intake,
    analyzer,
    settings,
    clock,
    // For each process a batch that is computed, and one that is decoded meanwhile.
    framesAtAnalyzer: () => 2 * config.analyzers * (analyzer.state().ready?.batchLimit ?? 1),
    wantedPreviews: () => hub.wantedPreviews(),
    onOutcome: (frame, outcome, latencyMs) => publisher.publish(frame, outcome, latencyMs),
    onFatal: failure.report,
  });
  const running = session.run();
  const healthTimer = setInterval(() => hub.publishHealth(health()), HEALTH_INTERVAL_MS);
  let server: RunningServer | undefined;
  return {
    analyzer,
    intake,
    failed: failure.failed,
    listen: async () => {
      server = await startServer({
        host: config.host,
        port: config.port,
        hub,
        health,
        assets: await loadAssets(DASHBOARD_DIR),
      });
      return server;
    },
    close: async () => {
      await Promise.all(sources.map((source) => source.close()));
      intake.close();
      await running;
      clearInterval(healthTimer);
      await Promise.all([analyzer.close(), server?.close()]);
    },
  };
}

/** A promise of the error that ends the daemon. */
function failureOf(log: Logger) {
  let report: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => {
    report = (error) => {
      log.error({ err: error }, "frames can no longer be analysed");
      resolve(error);
    };
  });
  return { failed, report };
}
