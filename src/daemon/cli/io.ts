/**
 * What a command is given of the process it runs in, so that tests can give it something else.
 *
 * @module
 */

export interface CliIo {
  /** Results and addresses. */
  readonly stdout: (text: string) => void;
  /** Everything else: log, progress, errors. */
  readonly stderr: (text: string) => void;
  /** Whether stderr is a terminal that a line can be redrawn on. */
  readonly isTerminal: boolean;
  /** Aborted when the command is asked to end (SIGINT, SIGTERM). */
  readonly stop: AbortSignal;
  /** Calls `work` at each such signal until what it gives is called. A test has no signals. */
  readonly onSignal?: (signal: "SIGHUP" | "SIGUSR2", work: () => void) => () => void;
}

/** Resolves when the command is asked to end. */
export function untilStopped(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
}
