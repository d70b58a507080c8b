/**
 * The error of a message that cannot be read.
 *
 * @module
 */
import type { ErrorReport } from "../base/errors.js";
import { OstwaldError } from "../base/errors.js";

/**
 * What is wrong: larger than the limit; bytes that are not of the encoding; a message kind this version does not know (a client
 * ignores such a message); fields that are missing, of another type or out of range.
 */
export type ProtocolErrorReason = "too-large" | "malformed" | "unknown-op" | "invalid";

/** A message is not one of the protocol. The connection goes on. */
export class ProtocolError extends OstwaldError {
  readonly tag = "Protocol";
  readonly reason: ProtocolErrorReason;
  /** The request it answers, where the message could be read that far. */
  readonly requestId: string | null;

  constructor(reason: ProtocolErrorReason, report: ErrorReport, requestId: string | null = null) {
    super(report);
    this.reason = reason;
    this.requestId = requestId;
  }
}
