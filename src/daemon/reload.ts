/**
 * Puts a changed configuration into force while the daemon runs: as a whole, or not at all.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { errorText, OstwaldError } from "../stream/base/errors.js";
import type { SettingsPatch } from "../stream/protocol/settings.js";
import type { AnalyzerPool } from "./analyzer/pool.js";
import { startMembers } from "./analyzer/pool.js";
import type { Config, ConfigKey } from "./config/schema.js";
import { analyzerOptions, CONFIG_GROUPS, configSchema, supervisionLimits } from "./config/schema.js";
import type { RecordDecision } from "./observe/flight-recorder.js";
import type { Logger } from "./observe/log.js";
import { readModelIdentity } from "./segment/manifest.js";

/** Keys that analyzers are started with. */
const ANALYZER_KEYS: readonly ConfigKey[] = [
  ...CONFIG_GROUPS.computing,
  "frameDeadlineMs",
  "analyzerSilenceMs",
  "analyzerMemoryMb",
];
const SETTINGS_KEYS: readonly ConfigKey[] = CONFIG_GROUPS.analysis;

/** Keys that a running daemon takes over; all others need a start. */
export const RELOADABLE_KEYS: readonly ConfigKey[] = [...SETTINGS_KEYS, ...ANALYZER_KEYS, "stopTimeoutMs"];

/** A configuration that differs in what only a start can change. Nothing of it was put into force. */
export class NotReloadableError extends OstwaldError {
  readonly tag = "NotReloadable";
  readonly keys: readonly ConfigKey[];

  constructor(keys: readonly ConfigKey[]) {
    super({
      received: `a change of ${keys.join(", ")} in a running daemon`,
      expected: "changes of analysis, computing and supervision only",
      remedy: "Undo it, or start the daemon again.",
    });
    this.keys = keys;
  }
}

export interface ReloaderOptions {
  readonly config: Config;
  readonly analyzer: AnalyzerPool;
  readonly log: Logger;
  readonly record: RecordDecision;
  /** Changes settings from the next frame on. */
  readonly changeSettings: (patch: SettingsPatch) => void;
  /** Told of the configuration once it is in force. */
  readonly onReloaded: (config: Config) => void;
}

export class Reloader {
  readonly #options: ReloaderOptions;
  #config: Config;
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** The configuration in force. */
  get config(): Config {
    return this.#config;
  }

  /**
   * Reads a configuration by `read` and puts it into force. Rejects with what `read` rejects with, with NotReloadableError, and, where analyzers
   * cannot work with it, with ModelError, AnalyzerRefusedError or AnalyzerFailedError; what was in force then stays so, whole. One after the other.
   */
  reload(read: () => Promise<Config>): Promise<void> {
    const work = this.#work.then(() => this.#reload(read));
    this.#work = work.catch(() => undefined);
    return work;
  }

  async #reload(read: () => Promise<Config>): Promise<void> {
    const { log, changeSettings, onReloaded } = this.#options;
    try {
      const next = await read();
      const changed = await this.#changed(next);
      if (changed.analyzers) await this.#replaceAnalyzers(next);
      if (Object.keys(changed.settings).length > 0) changeSettings(changed.settings);
      this.#config = next;
      onReloaded(next);
      log.info({ event: "configuration-reloaded", keys: changed.keys }, "a changed configuration is in force");
    } catch (error) {
      log.warn({ event: "reload-refused", why: errorText(error) }, "a changed configuration was refused, whole");
      throw error;
    }
  }

  /** What is to be done for `next`. Raises NotReloadableError, and ModelError for a manifest that is none. */
  async #changed(next: Config) {
    const before = this.#config;
    const keys = configSchema.keyof().options.filter((key) => !isDeepStrictEqual(next[key], before[key]));
    const fixed = keys.filter((key) => !RELOADABLE_KEYS.includes(key));
    if (fixed.length > 0) throw new NotReloadableError(fixed);
    const model = await readModelIdentity(analyzerOptions(next).manifestPath);
    // The same path may name another model than at the start.
    const isOtherModel = !isDeepStrictEqual(model, this.#options.analyzer.state().ready?.model ?? null);
    return {
      keys,
      analyzers: isOtherModel || keys.some((key) => ANALYZER_KEYS.includes(key)),
      settings: Object.fromEntries(SETTINGS_KEYS.filter((key) => keys.includes(key)).map((key) => [key, next[key]])),
    };
  }

  async #replaceAnalyzers(config: Config): Promise<void> {
    const { analyzer, log, record } = this.#options;
    const limits = supervisionLimits(config);
    const members = startMembers({ count: config.analyzers, analyzer: analyzerOptions(config), limits, log, record });
    const { segmenterBackend } = await analyzer.replace(members);
    log.info({ event: "analyzers-replaced", segmenterBackend }, "new analyzers take the frames from now on");
  }
}
