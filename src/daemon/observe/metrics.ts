/**
 * Figures for Prometheus. docs/operations.md lists every one of them, and a test holds it to this file.
 *
 * What can be read when it is asked for is read then; a frame itself costs a few additions to histograms.
 *
 * @module
 */
import type { Registry } from "prom-client";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry as PromRegistry } from "prom-client";
import type { FrameAccount } from "../../stream/base/accounting.js";
import type { StageTimesMs } from "../../stream/base/analysis.js";
import type { HubLoad } from "../../stream/serve/hub.js";
import type { AnalyzerState } from "../analyzer/supervision.js";
import type { LedgerLoad } from "../ledger/load.js";
import type { SessionLoad } from "../session/session.js";

/** Where the figures come from. */
export interface MetricInputs {
  readonly version: string;
  readonly accounts: () => readonly { readonly source: string; readonly account: FrameAccount }[];
  /** Frames that wait for the analyzer, by source. */
  readonly queues: () => readonly { readonly source: string; readonly length: number; readonly limit: number }[];
  readonly session: () => SessionLoad;
  readonly analyzer: () => AnalyzerState;
  /** `null`: nothing is recorded. */
  readonly ledger: (() => LedgerLoad) | null;
  readonly hub: () => HubLoad;
  readonly isReady: () => boolean;
  readonly quarantined: () => number;
}

/** From a thousandth of a second to half a minute, s. */
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];
const BATCH = [1, 2, 4, 8, 16, 32, 64];

/** What is told of a frame that was analysed. */
export interface AnalysedFrame {
  readonly latencyMs: number;
  readonly stageTimesMs: StageTimesMs;
  readonly batchFrames: number;
}

export class Metrics {
  readonly #registry: Registry = new PromRegistry();
  readonly #latency: Histogram;
  readonly #stages: Histogram<"stage">;
  readonly #batch: Histogram;
  readonly #commit: Histogram;

  constructor(inputs: MetricInputs) {
    const registers = [this.#registry];
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name, help, buckets, registers });
    this.#latency = histogram(
      "ostwald_frame_latency_seconds",
      "from intake to publication, of analysed frames",
      SECONDS,
    );
    this.#stages = new Histogram({
      name: "ostwald_stage_seconds",
      help: "time of an analysed frame in one stage of the analyzer",
      labelNames: ["stage"],
      buckets: SECONDS,
      registers,
    });
    this.#batch = histogram("ostwald_batch_frames", "frames that were computed together, once for each of them", BATCH);
    this.#commit = histogram("ostwald_ledger_commit_seconds", "time of one transaction of the ledger", SECONDS);
    addFrames(this.#registry, inputs);
    addQueues(this.#registry, inputs);
    addAnalyzer(this.#registry, inputs);
    if (inputs.ledger !== null) addLedger(this.#registry, inputs.ledger);
    addClients(this.#registry, inputs);
    collectDefaultMetrics({ register: this.#registry });
  }

  /** A frame was analysed, recorded and published. */
  frame({ latencyMs, stageTimesMs, batchFrames }: AnalysedFrame): void {
    this.#latency.observe(latencyMs / 1_000);
    for (const [stage, ms] of Object.entries(stageTimesMs)) this.#stages.observe({ stage }, ms / 1_000);
    this.#batch.observe(batchFrames);
  }

  /** A transaction of the ledger has ended well. */
  commit(ms: number): void {
    this.#commit.observe(ms / 1_000);
  }

  /** All figures in Prometheus' text format, and its media type. */
  async text(): Promise<{ readonly type: string; readonly body: string }> {
    return { type: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  /** Name, type, labels and meaning of each, by name. */
  async catalogue(): Promise<readonly { readonly name: string; readonly type: string; readonly help: string }[]> {
    return (await this.#registry.getMetricsAsJSON()).map(({ name, type, help }) => ({
      name,
      type: String(type),
      help,
    }));
  }
}

type Labels = Readonly<Record<string, string>>;
/** A figure with its labels. */
type Reading = readonly [labels: Labels, value: number];

interface Read {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly read: () => readonly Reading[];
}

/** A gauge whose values are read when they are asked for. */
function gauge(registry: Registry, { name, help, labels = [], read }: Read): void {
  new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const [label, value] of read()) this.set(label, value);
    },
  });
}

/** A counter that is kept elsewhere and read when it is asked for. */
function counter(registry: Registry, { name, help, labels = [], read }: Read): void {
  new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const [label, value] of read()) this.inc(label, value);
    },
  });
}

const one = (value: number): readonly Reading[] => [[{}, value]];

function addFrames(registry: Registry, { accounts, version, isReady, quarantined }: MetricInputs): void {
  const bySource = (part: (account: FrameAccount) => number) => () =>
    accounts().map(({ source, account }): Reading => [{ source }, part(account)]);
  const labels = ["source"];
  gauge(registry, {
    name: "ostwald_info",
    help: "1, with the version of the daemon",
    labels: ["version"],
    read: () => [[{ version }, 1]],
  });
  gauge(registry, {
    name: "ostwald_ready",
    help: "1 when /readyz answers 200, else 0",
    read: () => one(Number(isReady())),
  });
  counter(registry, {
    name: "ostwald_frames_seen_total",
    help: "frames that a source has found",
    labels,
    read: bySource(({ seen }) => seen),
  });
  counter(registry, {
    name: "ostwald_frames_committed_total",
    help: "frames whose result is final",
    labels,
    read: bySource(({ committed }) => committed),
  });
  counter(registry, {
    name: "ostwald_frames_rejected_total",
    help: "frames that could not be used, by reason",
    labels: ["source", "reason"],
    read: () => accounts().flatMap(({ source, account }) => counts(account.rejected, (reason) => ({ source, reason }))),
  });
  counter(registry, {
    name: "ostwald_frames_dropped_total",
    help: "frames that were dropped, by stage and reason",
    labels: ["source", "stage", "reason"],
    read: () =>
      accounts().flatMap(({ source, account }) => counts(account.dropped, (cause) => dropLabels(source, cause))),
  });
  gauge(registry, {
    name: "ostwald_frames_in_flight",
    help: "frames that have been seen and have not ended",
    labels,
    read: bySource(({ inFlight }) => inFlight),
  });
  gauge(registry, {
    name: "ostwald_quarantined_frames",
    help: "frames that are kept because they killed their analyzer",
    read: () => one(quarantined()),
  });
}

function counts(values: Readonly<Partial<Record<string, number>>>, labelsOf: (key: string) => Labels): Reading[] {
  return Object.entries(values).map(([key, value]): Reading => [labelsOf(key), value ?? 0]);
}

/** `intake/latest` is the reason `latest` at the stage `intake`. */
function dropLabels(source: string, cause: string): Labels {
  const [stage = "", reason = ""] = cause.split("/");
  return { source, stage, reason };
}

/** Every place where frames wait, with the most that may. */
function addQueues(registry: Registry, { queues, session, ledger }: MetricInputs): void {
  const all = () => {
    const { atAnalyzer, unrecorded, early } = session();
    const recording = ledger?.();
    return [
      ...queues().map(({ source, length, limit }) => ({ labels: { queue: "intake", source }, length, limit })),
      { labels: { queue: "analyzer", source: "" }, ...atAnalyzer },
      { labels: { queue: "order", source: "" }, ...early },
      { labels: { queue: "record", source: "" }, ...unrecorded },
      ...(recording === undefined ? [] : [{ labels: { queue: "ledger", source: "" }, ...recording.waiting }]),
    ];
  };
  const labels = ["queue", "source"];
  gauge(registry, {
    name: "ostwald_queue_length",
    help: "frames that wait: intake, analyzer, order (for those before them), record, ledger",
    labels,
    read: () => all().map(({ labels: label, length }): Reading => [label, length]),
  });
  gauge(registry, {
    name: "ostwald_queue_limit",
    help: "most frames that may wait there; +Inf where another queue's limit bounds it",
    labels,
    read: () => all().map(({ labels: label, limit }): Reading => [label, limit]),
  });
}

function addAnalyzer(registry: Registry, { analyzer }: MetricInputs): void {
  gauge(registry, {
    name: "ostwald_analyzer_info",
    help: "1, with what filters, what recognises (its provider and model), and the SHA-256 of the model",
    labels: ["filter", "segmenter", "model", "model_sha256"],
    read: () => {
      const { ready } = analyzer();
      if (ready === null) return [];
      const { filterBackend: filter, segmenterBackend: segmenter, model } = ready;
      return [[{ filter, segmenter, model: model?.file ?? "", model_sha256: model?.sha256 ?? "" }, 1]];
    },
  });
  gauge(registry, {
    name: "ostwald_analyzer_state",
    help: "1 for the state that the analyzers are in",
    labels: ["state"],
    read: () => [[{ state: analyzer().state }, 1]],
  });
  gauge(registry, {
    name: "ostwald_analyzer_degraded",
    help: "1 while frames are computed slower than they could be (a lost GPU), else 0",
    read: () => one(analyzer().notes.length > 0 ? 1 : 0),
  });
  counter(registry, {
    name: "ostwald_analyzer_restarts_total",
    help: "starts of analyzer processes after the first",
    read: () => one(analyzer().restarts),
  });
  gauge(registry, {
    name: "ostwald_analyzer_resident_bytes",
    help: "resident memory of all analyzer processes",
    read: () => one(analyzer().residentBytes),
  });
}

function addLedger(registry: Registry, load: () => LedgerLoad): void {
  const add = (name: string, help: string, part: (load: LedgerLoad) => number) =>
    gauge(registry, { name: `ostwald_ledger_${name}`, help, read: () => one(part(load())) });
  add("bytes", "size of the ledger's file", ({ fileBytes }) => fileBytes);
  add("wal_bytes", "size of its write-ahead log", ({ walBytes }) => walBytes);
  add("lag_seconds", "age of the oldest result that waits to be recorded", ({ lagMs }) => lagMs / 1_000);
  add("stalled", "1 while the disk takes nothing and frames wait, else 0", ({ isStalled }) => Number(isStalled));
}

function addClients(registry: Registry, { hub }: MetricInputs): void {
  const add = (name: string, help: string, part: (load: HubLoad) => number) =>
    gauge(registry, { name: `ostwald_${name}`, help, read: () => one(part(hub())) });
  const count = (name: string, help: string, part: (load: HubLoad) => number) =>
    counter(registry, { name: `ostwald_${name}_total`, help, read: () => one(part(hub())) });
  add("clients", "clients of the stream", ({ clients }) => clients);
  add("clients_limit", "most clients of the stream", ({ clientLimit }) => clientLimit);
  add(
    "client_buffered_bytes_max",
    "bytes that wait for the slowest client",
    ({ bufferedBytesMax }) => bufferedBytesMax,
  );
  add(
    "client_buffered_bytes_limit",
    "most bytes that may wait for a client",
    ({ bufferedBytesLimit }) => bufferedBytesLimit,
  );
  add("client_behind_events_max", "events that the slowest client is behind", ({ behindMax }) => behindMax);
  count("clients_joined", "clients that have connected", ({ joined }) => joined);
  count("clients_cut", "clients that the daemon has cut off: too many messages, or too many clients", ({ cut }) => cut);
  count("client_messages_sent", "messages handed to clients", ({ sentMessages }) => sentMessages);
  count("client_bytes_sent", "bytes handed to clients", ({ sentBytes }) => sentBytes);
  count("client_events_skipped", "events a client was told it missed, in a gap", ({ skippedEvents }) => skippedEvents);
  count("client_messages_superseded", "latest-wins messages that a newer one replaced", ({ superseded }) => superseded);
}
