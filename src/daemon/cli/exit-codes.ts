/**
 * How a command of Ostwald ends. docs/errors.md says the same to its users.
 *
 * @module
 */

export const EXIT_CODES = {
  /** All was done; for a daemon: it was asked to end and has drained. */
  ok: 0,
  /** A defect of Ostwald, or a second signal while it was ending. */
  defect: 1,
  /** The command could not be carried out as asked: usage, configuration, port in use, no analyzer, no room on disk. */
  refused: 2,
  /** The command has finished, but not everything was usable: inputs were rejected or left out, a row of `reproduce` failed, or `doctor` found something missing. */
  incomplete: 3,
  /** Interrupted before it had finished. No result was written. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
