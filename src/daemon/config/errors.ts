/**
 * Everything that is wrong with a configuration, at once.
 *
 * @module
 */
import { OstwaldError } from "../../stream/base/errors.js";

/** One wrong key or value. */
export interface ConfigProblem {
  /** The key as it was written. */
  readonly key: string;
  /** `run.toml` or `the command line`. */
  readonly where: string;
  /** `nlmH = 100 in run.toml`. */
  readonly received: string;
  /** `a number, 1..60`. */
  readonly expected: string;
  /** The nearest right key or value, or `null` where none is near. */
  readonly nearest: string | null;
  readonly remedy: string;
}

/** A configuration that is refused, whole. Nothing was started with it. */
export class ConfigError extends OstwaldError {
  readonly tag = "Config";
  /** At least one. */
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super({
      received: problems.map((problem) => problem.received).join("; "),
      expected: problems.map((problem) => `${problem.key}: ${problem.expected}`).join("; "),
      remedy: problems.map((problem) => problem.remedy).join(" "),
    });
    this.problems = problems;
  }
}

/** A configuration file that cannot be read as one. */
export class ConfigFileError extends OstwaldError {
  readonly tag = "ConfigFile";
}
