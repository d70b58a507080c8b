/**
 * All that watches one daemon and says how it is: health, readiness, metrics, flight recorder, quarantine.
 *
 * @module
 */
import { join } from "node:path";
import type { Clock } from "../stream/flow/clock.js";
import type { Intake, QueuedFrame, SequencedFrame } from "../stream/flow/intake.js";
import type { HealthMessage } from "../stream/protocol/messages.js";
import type { Hub } from "../stream/serve/hub.js";
import type { FrameSource } from "../stream/source/source.js";
import type { AnalyzerPool } from "./analyzer/pool.js";
import { readPackage } from "./config/package.js";
import type { Ledger } from "./ledger/ledger.js";
import type { FlightRecorder } from "./observe/flight-recorder.js";
import { readHealth } from "./observe/health.js";
import type { Logger } from "./observe/log.js";
import { Metrics } from "./observe/metrics.js";
import { statusPages } from "./observe/pages.js";
import { Quarantine } from "./observe/quarantine.js";
import { ResultWatch, readReadiness } from "./observe/readiness.js";
import { ThroughputWindow } from "./observe/throughput.js";
import type { DisplayRanges } from "./session/display-ranges.js";
import type { FrameOutcome, Session, Told } from "./session/session.js";

/** What is watched. Getters, as the parts of a daemon know each other in a ring. */
export interface Watched {
  readonly clock: Clock;
  readonly log: Logger;
  readonly flight: FlightRecorder;
  /** Where poison frames are kept; `null`: nowhere. */
  readonly faultDir: string | null;
  readonly sources: readonly FrameSource[];
  readonly analyzer: AnalyzerPool;
  readonly ledger: Ledger | null;
  readonly intake: () => Intake;
  readonly hub: () => Hub;
  readonly session: () => Session;
  readonly displayRanges: Pick<DisplayRanges, "current">;
}

export type Observatory = ReturnType<typeof observe>;

/** Begins to watch. */
export function observe(watched: Watched) {
  const { clock, log, flight, faultDir, sources, analyzer, ledger, displayRanges } = watched;
  const throughput = new ThroughputWindow();
  const results = new ResultWatch(clock);
  const quarantine = new Quarantine({ dir: faultDir === null ? null : join(faultDir, "quarantine"), log });
  const health = (): HealthMessage =>
    readHealth({
      clock,
      sources,
      intake: watched.intake(),
      analyzer,
      throughput,
      clients: () => watched.hub().clientCount,
      ledger,
      displayRange: (source) => displayRanges.current(source),
      remarks: () => quarantine.notes(),
    });
  const inFlight = () =>
    [...watched.intake().states().values()].reduce((sum, { account }) => sum + account.inFlight, 0);
  const readiness = () => {
    const trouble = ledger?.trouble ?? null;
    return readReadiness({
      health: health(),
      ledgerProblems: trouble === null ? [] : [trouble],
      sinceResultMs: results.sample(inFlight()),
    });
  };
  const metrics = new Metrics({
    version: readPackage().version,
    accounts: () => [...watched.intake().states()].map(([source, { account }]) => ({ source, account })),
    queues: () => [...watched.intake().states()].map(([source, { queue }]) => ({ source, ...queue })),
    session: () => watched.session().load,
    analyzer: () => analyzer.state(),
    ledger: ledger === null ? null : () => ledger.load(),
    hub: () => watched.hub().load,
    isReady: () => readiness().ready,
    quarantined: () => quarantine.count,
  });
  ledger?.onCommit((ms) => metrics.commit(ms));
  return {
    throughput,
    health,
    metrics,
    pages: statusPages({ readiness, metrics, flight }),
    /** To be called from time to time. */
    sample: () => void results.sample(inFlight()),
    /** A frame has got its place. */
    taken: ({ seq, source, frame }: SequencedFrame) =>
      flight.record("frame-taken", { seq, source, label: frame.label }),
    /** A frame has ended. */
    ended({ seq }: SequencedFrame, outcome: FrameOutcome, { latencyMs }: Told): void {
      results.ended();
      flight.record("frame-ended", { seq, how: howOf(outcome), latencyMs });
      if (outcome.kind !== "committed") return;
      const { stageTimesMs, batchFrames } = outcome.analysis;
      metrics.frame({ latencyMs, stageTimesMs, batchFrames });
    },
    /** A frame has killed its analyzer. */
    poison: (frame: QueuedFrame, detail: string) => void quarantine.keep(frame, detail),
  };
}

/** `committed`, `rejected/corrupt`, `dropped/intake/latest`. */
function howOf(outcome: FrameOutcome): string {
  if (outcome.kind === "committed") return outcome.kind;
  return `${outcome.kind}/${outcome.kind === "rejected" ? outcome.reason : outcome.cause}`;
}
