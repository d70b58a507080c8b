/**
 * What a detector sent that cannot be used as it should.
 *
 * @module
 */
import { OstwaldError } from "../../base/errors.js";

/**
 * A detector's stream broke, or a message of it is malformed. The source goes on with the next message where messages can still be told
 * apart, else it connects again; its health says so.
 */
export class DetectorStreamError extends OstwaldError {
  readonly tag = "DetectorStream";
}

export function detectorError(received: string, expected: string, cause?: unknown): DetectorStreamError {
  return new DetectorStreamError({
    received,
    expected,
    remedy: "Check that the address is this detector's data port and that its software is one that Ostwald knows.",
    cause,
  });
}
