/**
 * Truth that cannot be used.
 *
 * @module
 */
import { OstwaldError } from "../../stream/base/errors.js";

/** A file of truth that cannot be read as one, or a folder in which there is none. The text names it. */
export class TruthError extends OstwaldError {
  readonly tag = "Truth";
}
