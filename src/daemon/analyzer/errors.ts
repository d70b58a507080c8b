/**
 * What can be wrong with an analyzer as a whole; what is wrong with one frame is a rejection.
 *
 * @module
 */
import { OstwaldError } from "../../stream/base/errors.js";
import type { AnalyzerRefused } from "./messages.js";

/** The analyzer cannot work with its options: a model that does not match its manifest, an adapter that is not there. Restarting does not help. */
export class AnalyzerRefusedError extends OstwaldError {
  readonly tag = "AnalyzerRefused";
  /** The tag of the error inside the analyzer. */
  readonly causeTag: string;

  constructor(refusal: AnalyzerRefused) {
    super(refusal);
    this.causeTag = refusal.tag;
  }
}

/** The analyzer process dies again and again before it is ready. */
export class AnalyzerFailedError extends OstwaldError {
  readonly tag = "AnalyzerFailed";
  readonly deaths: number;

  constructor(deaths: number, lastDeath: string) {
    super({
      received: `${deaths} deaths of the analyzer process in a row, the last by ${lastDeath}`,
      expected: "an analyzer that starts",
      remedy: "Run `ostwald doctor`; its checks start the same GPU and inference libraries one by one.",
    });
    this.deaths = deaths;
  }
}

/** The analyzer was closed while frames waited for it. */
export class AnalyzerClosedError extends OstwaldError {
  readonly tag = "AnalyzerClosed";

  constructor() {
    super({
      received: "a frame for an analyzer that is closed",
      expected: "an open analyzer",
      remedy: "Analyse it in the next run.",
    });
  }
}
