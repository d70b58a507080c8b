/**
 * The state of the daemon in one message: what a person at the microscope must know at a glance.
 *
 * @module
 */
import type { FrameAccount } from "../../stream/base/accounting.js";
import type { DisplayRange } from "../../stream/base/frame.js";
import type { Clock } from "../../stream/flow/clock.js";
import type { InletState } from "../../stream/flow/inlet.js";
import type { Intake } from "../../stream/flow/intake.js";
import type { HealthMessage } from "../../stream/protocol/messages.js";
import type { FrameSource } from "../../stream/source/source.js";
import type { AnalyzerState } from "../analyzer/supervision.js";
import type { Ledger } from "../ledger/ledger.js";
import type { ThroughputWindow } from "./throughput.js";

type State = HealthMessage["state"];

export interface HealthInputs {
  readonly clock: Clock;
  readonly sources: readonly FrameSource[];
  readonly intake: Pick<Intake, "states" | "queue">;
  readonly analyzer: { state(): AnalyzerState };
  readonly throughput: ThroughputWindow;
  readonly clients: () => number;
  /** The display range of a source's stream. */
  readonly displayRange: (source: string) => DisplayRange | undefined;
  /** `null`: nothing is recorded. */
  readonly ledger: Pick<Ledger, "notes"> | null;
  /** What else a person should know, a sentence each; nothing is the worse for it. */
  readonly remarks: () => readonly string[];
}

const NO_FRAMES: FrameAccount = { seen: 0, committed: 0, rejected: {}, dropped: {}, inFlight: 0 };
/** A source that has not started. */
const NOT_STARTED: InletState = {
  account: NO_FRAMES,
  cadence: "every",
  queue: { length: 0, limit: 0 },
  order: null,
  spool: null,
};

/** The health of this moment. The whole is as bad as its worst part. */
export function readHealth(inputs: HealthInputs): HealthMessage {
  const { clock, intake, throughput } = inputs;
  const states = intake.states();
  const analyzer = inputs.analyzer.state();
  const sources = inputs.sources.map((source) => ({
    name: source.name,
    ...source.health(),
    ...(states.get(source.name) ?? NOT_STARTED),
    ...shownRange(inputs.displayRange(source.name)),
  }));
  const spoolNotes = sources.flatMap(({ spool }) => spool?.trouble ?? []);
  const ledgerNotes = inputs.ledger?.notes() ?? [];
  return {
    op: "health",
    atMs: clock.unixMs(),
    state: worst([
      analyzerHealth(analyzer),
      ledgerNotes.length + spoolNotes.length > 0 ? "degraded" : "ok",
      ...sources.map(({ state }) => state),
    ]),
    notes: [...(analyzer.ready?.notes ?? []), ...analyzer.notes, ...ledgerNotes, ...spoolNotes, ...inputs.remarks()],
    sources,
    analyzer: {
      state: analyzer.state,
      restarts: analyzer.restarts,
      filterBackend: analyzer.ready?.filterBackend ?? "",
      segmenterBackend: analyzer.ready?.segmenterBackend ?? "",
      residentBytes: analyzer.residentBytes,
    },
    queue: intake.queue,
    ...throughput.read(clock.monotonicMs()),
    clients: inputs.clients(),
    daemonResidentBytes: process.memoryUsage.rss(),
  };
}

function shownRange(displayRange: DisplayRange | undefined): { readonly displayRange?: DisplayRange } {
  return displayRange === undefined ? {} : { displayRange };
}

function analyzerHealth({ state, notes }: AnalyzerState): State {
  if (state === "failed") return "failed";
  return state === "restarting" || notes.length > 0 ? "degraded" : "ok";
}

function worst(states: readonly State[]): State {
  return states.includes("failed") ? "failed" : states.includes("degraded") ? "degraded" : "ok";
}
