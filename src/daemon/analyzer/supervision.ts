/**
 * The limits that an analyzer process is held to, and what is said of it.
 *
 * @module
 */

import type { AnalyzerReady } from "./messages.js";

/** Those that are configured. */
export interface SupervisionLimits {
  /** A frame that takes longer has hung its analyzer, ms. */
  readonly frameDeadlineMs: number;
  /** A process that gives no sign of life for this long has stopped, ms. */
  readonly silenceMs: number;
  /** Resident memory above which a process is started again between frames, bytes; `null`: there is no limit. */
  readonly memoryBytes: number | null;
}

/** 120 s: four times what the largest frame takes on one slow core. */
export const DEFAULT_SUPERVISION: SupervisionLimits = {
  frameDeadlineMs: 120_000,
  silenceMs: 10_000,
  memoryBytes: null,
};

/** Those that are not. */
export const SUPERVISION = {
  /** A frame that kills its analyzer this many times is poison. */
  crashesOfAPoisonFrame: 2,
  /** After this many deaths with no result between them (one poison frame makes two), GPU drivers are suspected and left out. */
  deathsBeforeCpu: 3,
  /** After this many starts that never became ready, the analyzer is given up. */
  vainStartsBeforeFailed: 5,
  /** A process that is not ready after this long has hung, ms. */
  startDeadlineMs: 120_000,
  /** Pause before a restart, ms, times the number of deaths in a row, and its limit. */
  restartPauseMs: 100,
  restartPauseLimitMs: 5_000,
  /** Least time between two restarts for memory, ms. */
  recyclePauseMs: 60_000,
  /** Pause before the GPU is tried again, ms: doubles up to the limit. */
  gpuRetryMs: 60_000,
  gpuRetryLimitMs: 900_000,
  /** Lines of a process's own output that are shown when it dies. */
  linesKept: 20,
  /** Longest wait for a process to end by itself, ms. */
  endGraceMs: 2_000,
} as const;

export interface AnalyzerState {
  readonly state: "starting" | "ready" | "restarting" | "failed" | "stopped";
  readonly restarts: number;
  /** What computes there; `null` until it has been ready once. */
  readonly ready: AnalyzerReady | null;
  /** What the supervisor has replaced, and why. */
  readonly notes: readonly string[];
  /** Memory of the process as it last said, bytes. */
  readonly residentBytes: number;
}
