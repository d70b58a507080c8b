/**
 * Whether the daemon takes frames, and results come.
 *
 * @module
 */
import type { MonotonicMs } from "../../stream/base/units.js";
import type { Clock } from "../../stream/flow/clock.js";
import type { HealthMessage } from "../../stream/protocol/messages.js";

/** A daemon that has frames and has given no result for this long is not ready, ms: the slowest model takes a few seconds. */
const RESULT_LIMIT_MS = 30_000;

/** What is wrong, and in which part. */
export interface Problem {
  readonly part: "analyzer" | "source" | "ledger" | "results";
  readonly detail: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly problems: readonly Problem[];
}

/** How long there have been frames without a result. To be sampled from time to time, so that an idle hour counts as none. */
export class ResultWatch {
  readonly #clock: Clock;
  #lastMs: MonotonicMs;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastMs = clock.monotonicMs();
  }

  /** A frame has ended. */
  ended(): void {
    this.#lastMs = this.#clock.monotonicMs();
  }

  /** ms without an end, while frames are in flight. */
  sample(inFlight: number): number {
    if (inFlight === 0) this.#lastMs = this.#clock.monotonicMs();
    return this.#clock.monotonicMs() - this.#lastMs;
  }
}

export interface ReadinessInputs {
  readonly health: HealthMessage;
  /** What keeps the ledger from being written; empty when it is. */
  readonly ledgerProblems: readonly string[];
  /** See {@link ResultWatch}. */
  readonly sinceResultMs: number;
}

/** The readiness of this moment. What only slows the daemon down is none of its problems; `/healthz` says it. */
export function readReadiness({ health, ledgerProblems, sinceResultMs }: ReadinessInputs): Readiness {
  const { state } = health.analyzer;
  const problems: Problem[] = [
    ...(state === "ready" ? [] : [{ part: "analyzer", detail: `the analyzer is ${state}` } as const]),
    ...health.sources
      .filter((source) => source.state === "failed")
      .map(({ name, detail }) => ({ part: "source", detail: `${name}: ${detail}` }) as const),
    ...ledgerProblems.map((detail) => ({ part: "ledger", detail }) as const),
  ];
  if (sinceResultMs > RESULT_LIMIT_MS) {
    problems.push({ part: "results", detail: `no frame has ended for ${Math.round(sinceResultMs / 1_000)} s` });
  }
  return { ready: problems.length === 0, problems };
}
