/**
 * The errors of Ostwald: tagged, with typed fields, and a text that says what was received, what was expected and what to do.
 *
 * @module
 */

/** What each error states, beside its tag. */
export interface ErrorReport {
  /** What was found, in words: `a 0-byte file`, `filter = "nlmm"`. */
  readonly received: string;
  /** What would have been right: `a PNG, TIFF or JPEG image`, `one of none, gaussian, nlm`. */
  readonly expected: string;
  /** What the reader can do now, as an imperative: `Write the file again.` */
  readonly remedy: string;
  /** The error underneath, kept for the log. */
  readonly cause?: unknown;
}

/**
 * Base of all errors that Ostwald raises on purpose. Anything else that is thrown is a defect.
 *
 * Subclasses add typed fields; `tag` narrows, also across processes where `instanceof` does not.
 */
export abstract class OstwaldError extends Error {
  /** Names the class on the wire, in logs and in docs/errors.md. */
  abstract readonly tag: string;
  readonly received: string;
  readonly expected: string;
  readonly remedy: string;

  constructor(report: ErrorReport) {
    super(
      `received ${report.received}; expected ${report.expected}. ${report.remedy}`,
      report.cause === undefined ? undefined : { cause: report.cause },
    );
    this.received = report.received;
    this.expected = report.expected;
    this.remedy = report.remedy;
  }

  override get name(): string {
    return this.tag;
  }
}

/** Whether `error` is one of ours; anything else is a defect and must not be handled as an outcome. */
export function isOstwaldError(error: unknown): error is OstwaldError {
  return error instanceof OstwaldError;
}

/** One line for a log or a message to a person: the text of an error, whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
