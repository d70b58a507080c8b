/**
 * The last minutes of decisions, in memory: what was done with each frame, and what was logged. Read after a fault, or when asked for.
 *
 * Two rings, so that the many entries about frames never push out the few that matter most. An entry is an object of a few fields and is
 * put into words only when it is dumped.
 *
 * @module
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../stream/flow/clock.js";
import { Ring } from "./ring.js";

/** What is recorded about frames and clients; log lines are recorded under their `event`. */
export const DECISIONS = [
  "frame-taken",
  "frame-sent",
  "frame-sent-again",
  "frames-taken-back",
  "frame-result",
  "frame-ended",
  "client-joined",
  "client-left",
] as const;
export type Decision = (typeof DECISIONS)[number];

/** Records a decision with its facts, which must not be changed afterwards. */
export type RecordDecision = (what: Decision, facts: Readonly<Record<string, unknown>>) => void;

/** Entries about frames: 5 minutes at 12 frames/s, and the 5 s before a fault at 800. */
const DECISION_LIMIT = 16_384;
/** Log lines, and their length at most. */
const LINE_LIMIT = 2_048;
const LINE_CHARACTERS = 4_096;
/** Files that are kept; the oldest make room. */
const FILE_LIMIT = 16;
/** Least time between two dumps that nobody asked for, ms. */
const FAULT_DUMP_INTERVAL_MS = 60_000;
/** A line of the log at level `error`; beside those, the death of an analyzer is a fault. */
const ERROR_LINE = /^\{"level":50,/;
const FILE_NAME = /^flight-.*\.jsonl$/;

interface Entry {
  readonly steadyMs: number;
  readonly what: Decision;
  readonly facts: Readonly<Record<string, unknown>>;
}

interface Line {
  readonly steadyMs: number;
  /** A line of the log: JSON. */
  readonly json: string;
}

export interface FlightRecorderOptions {
  readonly clock: Clock;
  /** Where dumps go; made when it is needed. `null`: they are given, and not kept. */
  readonly dir: string | null;
}

export class FlightRecorder {
  readonly #options: FlightRecorderOptions;
  readonly #decisions = new Ring<Entry>(DECISION_LIMIT);
  readonly #lines = new Ring<Line>(LINE_LIMIT);
  #lastFaultDumpMs = Number.NEGATIVE_INFINITY;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: FlightRecorderOptions) {
    this.#options = options;
  }

  readonly record: RecordDecision = (what, facts) => {
    this.#decisions.push({ steadyMs: this.#options.clock.monotonicMs(), what, facts });
  };

  /** Takes a line of the log, JSON. */
  readonly takeLine = (json: string): void => {
    this.#lines.push({ steadyMs: this.#options.clock.monotonicMs(), json: json.slice(0, LINE_CHARACTERS).trimEnd() });
    const event = /"event":"([a-z-]+)"/.exec(json)?.[1] ?? "fault";
    // A disk that takes no dump is seldom the fault that is looked for, and the ledger says it.
    if (ERROR_LINE.test(json) || event === "analyzer-died") void this.keepFault(event).catch(() => undefined);
  };

  /**
   * All that is held, oldest first, a JSON object a line: `atMs` (ms since 1970 by the clock of this moment), `what`, and its facts. The order
   * is that of a clock that never jumps.
   */
  dump(): string {
    const { clock } = this.#options;
    const offsetMs = clock.unixMs() - clock.monotonicMs();
    const atMs = (steadyMs: number) => Math.round(1_000 * (offsetMs + steadyMs)) / 1_000;
    const entries = [
      ...this.#decisions.all().map(({ steadyMs, what, facts }) => ({ steadyMs, told: { what, ...facts } })),
      ...this.#lines.all().map(({ steadyMs, json }) => ({ steadyMs, told: { what: "log", line: parsed(json) } })),
    ];
    return entries
      .toSorted((a, b) => a.steadyMs - b.steadyMs)
      .map(({ steadyMs, told }) => `${JSON.stringify({ atMs: atMs(steadyMs), ...told })}\n`)
      .join("");
  }

  /** Writes all that is held into a new file and gives its path; `null` where dumps are not kept. Raises the file system's error. */
  async keep(reason: string): Promise<string | null> {
    const { dir, clock } = this.#options;
    if (dir === null) return null;
    const text = this.dump();
    const name = `flight-${new Date(clock.unixMs()).toISOString().replaceAll(/[:.]/g, "-")}-${reason}.jsonl`;
    const work = this.#writing.then(async () => {
      await mkdir(dir, { recursive: true });
      await writeFile(join(dir, name), text);
      const files = (await readdir(dir)).filter((file) => FILE_NAME.test(file)).toSorted();
      for (const file of files.slice(0, -FILE_LIMIT)) await rm(join(dir, file), { force: true });
      return join(dir, name);
    });
    this.#writing = work.catch(() => undefined);
    return work;
  }

  /** A fault has happened: as {@link keep}, but not again and again while it lasts. */
  async keepFault(reason: string): Promise<string | null> {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#lastFaultDumpMs < FAULT_DUMP_INTERVAL_MS) return null;
    this.#lastFaultDumpMs = nowMs;
    return this.keep(reason);
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing;
  }
}

/** The object of a line, or its text where it was cut. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
