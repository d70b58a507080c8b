/**
 * The composition root: sources, intake, analyzer, session, hub and server, wired into one daemon.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { FrameAccount } from "../stream/base/accounting.js";
import { sumAccounts } from "../stream/base/accounting.js";
import { systemClock } from "../stream/flow/clock.js";
import type { IntakeOptions } from "../stream/flow/intake.js";
import { Intake } from "../stream/flow/intake.js";
import { HandedEndpoint } from "../stream/ingest/endpoints.js";
import { IngestSource } from "../stream/ingest/ingest-source.js";
import type { SettingsPatch } from "../stream/protocol/settings.js";
import { Hub } from "../stream/serve/hub.js";
import type { FrameSource } from "../stream/source/source.js";
import { AnalyzerClosedError } from "./analyzer/errors.js";
import type { AnalyzerPool } from "./analyzer/pool.js";
import { startAnalyzers } from "./analyzer/pool.js";
import { DASHBOARD_DIR, readPackage } from "./config/package.js";
import type { Config } from "./config/schema.js";
import { analysisSettings, analyzerOptions, cadenceOf, queueLimits, supervisionLimits } from "./config/schema.js";
import type { Control } from "./control.js";
import { controlOf } from "./control.js";
import type { Ledger } from "./ledger/ledger.js";
import type { Observatory } from "./observatory.js";
import { observe } from "./observatory.js";
import type { FlightRecorder } from "./observe/flight-recorder.js";
import type { Logger } from "./observe/log.js";
import { loadAssets } from "./server/assets.js";
import type { RunningServer, ServerOptions } from "./server/start-server.js";
import { startServer } from "./server/start-server.js";
import { DisplayRanges } from "./session/display-ranges.js";
import { FilterAgain } from "./session/filter-again.js";
import { NoiseTrack } from "./session/noise-track.js";
import { Publisher } from "./session/publisher.js";
import type { Recording } from "./session/recording.js";
import { openRecording } from "./session/recording.js";
import { runRequestsOf } from "./session/run-control.js";
import { runShown } from "./session/run-shown.js";
import { Session } from "./session/session.js";
import { SettingsState } from "./session/settings-state.js";
import { createSpools } from "./sources/spools.js";

const HEALTH_INTERVAL_MS = 500;

export interface AppOptions {
  readonly config: Config;
  /** File that every frame is recorded in; `null` records nothing. */
  readonly ledger: string | null;
  readonly sources: readonly FrameSource[];
  readonly log: Logger;
  readonly flight: FlightRecorder;
  /** Folder of what is kept after a fault; `null` keeps nothing. */
  readonly faultDir: string | null;
  /** Reads the configuration again, as it is now; without it the daemon keeps the one it has. */
  readonly readConfig?: () => Promise<Config>;
}

/** How a daemon is ended: in order, or now. */
export type Ending = "stop" | "abort";

/** A running daemon. */
export interface App {
  /** Where dashboard and stream are served. */
  readonly url: string;
  /** What was replaced by something slower, and why, as known at the start. */
  readonly notes: readonly string[];
  /** Where frames are recorded, and how many of a daemon before are there; `null`: nothing is recorded. */
  readonly ledger: { readonly path: string; readonly recordedFrames: number } | null;
  /** All sources together. */
  account(): FrameAccount;
  /** Resolves, once, with the error that keeps the daemon from going on. It is then still to be closed. */
  readonly failed: Promise<Error>;
  /** Resolves, once, when a client asks the daemon to end. It is then still to be closed. */
  readonly asked: Promise<Ending>;
  /** Reads the configuration again and puts it into force, whole or not at all; see Reloader. */
  reload(): Promise<void>;
  /**
   * Takes no more frames in, finishes those at the analyzer within `stopTimeoutMs`, drops by name those that wait, ends. `abort`: leaves those at
   * the analyzer to the next daemon. Idempotent.
   */
  close(how?: Ending): Promise<void>;
}

/**
 * Starts a daemon; resolves when it takes frames. Raises PortInUseError, AnalyzerRefusedError, AnalyzerFailedError, LedgerInUseError,
 * LedgerUnusableError, SpoolUnusableError and what a source raises at its start; nothing is left running then.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, log } = options;
  const analyzer = startAnalyzers({
    count: config.analyzers,
    analyzer: analyzerOptions(config),
    limits: supervisionLimits(config),
    log,
    record: options.flight.record,
  });
  const recording = await openLedger(options).catch(async (error: unknown) => {
    await analyzer.close();
    throw error;
  });
  const spools = createSpools(config, options.ledger);
  const daemon = assemble({ ...options, analyzer, recording });
  let closing: Promise<void> | undefined;
  const close = (how: Ending = "stop") => {
    closing ??= daemon.close(how).then(async () => {
      await daemon.intake.release();
      await spools.close();
    });
    return closing;
  };
  try {
    const { url } = await daemon.listen();
    const { notes } = await analyzer.ready();
    for (const source of options.sources) {
      const spool = await spools.open(source.name);
      await source.start(daemon.intake.sinkFor(source, { spool }));
    }
    const account = () => sumAccounts([...daemon.intake.states().values()].map((state) => state.account));
    const { failed, asked, reload } = daemon;
    return { url, notes, ledger: ledgerFacts(recording), account, failed, asked, reload, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openLedger({ ledger: path, config, log }: AppOptions): Promise<Recording | null> {
  if (path === null) return null;
  const daemonVersion = readPackage().version;
  return openRecording({ path, config, daemonVersion, clock: systemClock, log });
}

function ledgerFacts(recording: Recording | null): App["ledger"] {
  if (recording === null) return null;
  const { path, resumption } = recording.ledger;
  return { path, recordedFrames: resumption.frames };
}

interface Parts extends AppOptions {
  readonly analyzer: AnalyzerPool;
  readonly recording: Recording | null;
}

function assemble(parts: Parts) {
  const { config, sources, log, flight, faultDir, analyzer, recording } = parts;
  const clock = systemClock;
  const resumed = recording?.ledger.resumption;
  const lastSeq = resumed?.lastSeq ?? 0;
  const settings = new SettingsState(analysisSettings(config), resumed?.settings, lastSeq);
  const displayRanges = new DisplayRanges(resumed?.events);
  const ledger = recording?.ledger ?? null;
  const observatory: Observatory = observe({
    ...{ clock, log, flight, faultDir, sources, analyzer, ledger, displayRanges },
    intake: () => intake,
    hub: () => hub,
    session: () => session,
  });
  const { health, throughput } = observatory;
  const intake: Intake = new Intake({
    limits: queueLimits(config),
    cadence: cadenceOf(config),
    clock,
    onTaken: observatory.taken,
    onEarlyEnd: (frame, end) => session.endEarly(frame, end),
    ...(recording === null ? {} : intakeOptionsFor(recording.ledger)),
    changeRun: (change) => runRequests.change(change, log),
  });
  const identity = { daemonVersion: readPackage().version, sessionId: resumed?.epoch ?? randomUUID() };
  const hub: Hub = new Hub({
    hello: () => ({ ...identity, settings: settings.current, health: health(), run: run.shown, ...publisher.past() }),
    configure: async (patch) => changeSettings(patch),
    runs: (request) => runRequests.carryOut(request),
    filterFrame: (request) => filterAgain.carryOut(request),
    control: (action) => control.carryOut(action),
    onDefect: (error) => log.error({ event: "client-request-failed", err: error }, "a client's request failed"),
    onClient: (what, facts) => flight.record(`client-${what}`, facts),
    monotonicMs: () => clock.monotonicMs(),
    ...(resumed === undefined ? {} : { resumed }),
    ...(recording === null ? {} : { past: (fromSeq, toSeq) => recording.ledger.events(fromSeq, toSeq) }),
  });
  const changeSettings = (patch: SettingsPatch) => {
    const { settingsId, fromSeq } = settings.apply(patch);
    log.info({ event: "settings-changed", settingsId, fromSeq, patch }, "settings were changed");
    hub.publishSettings(settings.current);
  };
  const control = controlOf(parts, changeSettings);
  const publisher = new Publisher({ hub, clock, throughput, log });
  if (resumed !== undefined) publisher.resume(resumed.history);
  const run = runShown(recording, (state) => hub.publishRun({ op: "run", run: state }), publisher);
  const runRequests = runRequestsOf({
    recording,
    lastSeq: () => intake.lastSeq,
    onChange: (state) => run.show(state),
  });
  const failure = failureOf(log);
  const record = recording?.recorder.record.bind(recording.recorder);
  const filterAgain = new FilterAgain(analyzer);
  const session = new Session(
    {
      intake,
      analyzer,
      settings,
      displayRanges,
      noiseTrack: new NoiseTrack(resumed?.events, lastSeq),
      clock,
      // For each process a batch that is computed, and one that is decoded meanwhile.
      framesAtAnalyzer: () => 2 * control.config.analyzers * (analyzer.state().ready?.batchLimit ?? 1),
      keepsOutlines: recording !== null && config.keepOutlines,
      wantedPreviews: () => hub.wantedPreviews(),
      ...(record === undefined ? {} : { record }),
      onOutcome: (frame, outcome, told) => {
        run.see(frame.seq);
        observatory.ended(frame, outcome, told);
        publisher.publish(frame, outcome, told);
      },
      onAnalysed: (frame, release) => filterAgain.see(frame, release),
      onPoison: observatory.poison,
      onFatal: failure.report,
    },
    lastSeq,
  );
  const running = session.run();
  return {
    intake,
    failed: failure.failed,
    asked: control.asked,
    reload: control.reload,
    ...lifeOf({ control, log, sources, analyzer, recording, observatory, hub, intake, running }),
  };
}

interface Assembled extends Pick<Parts, "log" | "sources" | "analyzer" | "recording"> {
  readonly control: Control;
  readonly observatory: Observatory;
  readonly hub: Hub;
  readonly intake: Intake;
  /** Resolves when every frame has ended. */
  readonly running: Promise<void>;
}

/** How a daemon that is put together begins and ends. */
function lifeOf({ control, log, sources, analyzer, recording, observatory, hub, intake, running }: Assembled) {
  const { health, pages } = observatory;
  const healthTimer = setInterval(() => {
    observatory.sample();
    hub.publishHealth(health());
  }, HEALTH_INTERVAL_MS);
  let server: RunningServer | undefined;
  return {
    listen: async () => {
      const { host, port } = control.config;
      const ingest = webSocketEndpointOf(sources);
      server = await startServer({ host, port, hub, ingest, health, pages, assets: await loadAssets(DASHBOARD_DIR) });
      return server;
    },
    close: async (how: Ending) => {
      await Promise.all(sources.map((source) => source.close()));
      recording?.ledger.finish();
      intake.close();
      const drainMs = how === "abort" ? 0 : control.config.stopTimeoutMs;
      if (!(await endsWithin(running, drainMs))) {
        log.warn({ event: "frames-left", how, drainMs }, "frames at the analyzer are left to the next daemon");
        await analyzer.close(true);
        await running;
      }
      clearInterval(healthTimer);
      await Promise.all([analyzer.close(), server?.close(), recording?.close(intake.lastSeq)]);
    },
  };
}

/** Who takes the senders that come by WebSocket, if any source does. */
function webSocketEndpointOf(sources: readonly FrameSource[]): NonNullable<ServerOptions["ingest"]> | null {
  const endpoint = sources.map((source) => (source instanceof IngestSource ? source.endpoint : null));
  const webSocket = endpoint.find((one) => one instanceof HandedEndpoint);
  return webSocket === undefined ? null : (carrier) => webSocket.hand(carrier);
}

/** Whether `work` ends within `ms`. */
async function endsWithin(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const isOver = await Promise.race([work.then(() => true), over]);
  clearTimeout(timer);
  return isOver;
}

/** What intake asks a ledger. */
function intakeOptionsFor(ledger: Ledger): Pick<IntakeOptions, "lastSeq" | "recordedFate" | "lastRecorded" | "room"> {
  return {
    lastSeq: ledger.resumption.lastSeq,
    recordedFate: (source, key) => ledger.fateOf(source, key),
    lastRecorded: (source, prefix) => ledger.lastKey(source, prefix),
    room: () => ledger.room(),
  };
}

/** A promise of the error that ends the daemon. */
function failureOf(log: Logger) {
  let report: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => {
    report = (error) => {
      // Frames that a daemon leaves when it ends are no failure.
      if (error instanceof AnalyzerClosedError) return;
      log.error({ event: "daemon-failed", err: error }, "frames can no longer be analysed or recorded");
      resolve(error);
    };
  });
  return { failed, report };
}
