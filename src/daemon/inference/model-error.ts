/**
 * What can be wrong with a model or with what runs it. The analyzer refuses to start with either.
 *
 * @module
 */
import { type ErrorReport, OstwaldError } from "../../stream/base/errors.js";

/**
 * `missing`: no file at the path. `corrupt`: the weights are not those the manifest names. `manifest`: the manifest is not valid.
 * `mismatch`: a tensor of the model is not as the manifest says.
 */
export const MODEL_FAULTS = ["missing", "corrupt", "manifest", "mismatch"] as const;
export type ModelFault = (typeof MODEL_FAULTS)[number];

/** A model that cannot be used. Raised when it is loaded, before any frame. */
export class ModelError extends OstwaldError {
  readonly tag = "Model";
  readonly fault: ModelFault;
  /** The file the fault is in. */
  readonly path: string;

  constructor(fault: ModelFault, path: string, report: ErrorReport) {
    super(report);
    this.fault = fault;
    this.path = path;
  }
}

/** An execution provider that was asked for by name and does not run the model here. */
export class ProviderError extends OstwaldError {
  readonly tag = "Provider";
  readonly provider: string;

  constructor(provider: string, report: ErrorReport) {
    super(report);
    this.provider = provider;
  }
}
