/**
 * The ledger of one life of the daemon, with what decides what goes into it: runs, and records of frames.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../../stream/flow/clock.js";
import { failpoint } from "../../stream/flow/failpoint.js";
import { PROTOCOL_LIMITS } from "../../stream/protocol/limits.js";
import type { Config } from "../config/schema.js";
import { ledgerLimits } from "../config/schema.js";
import { Ledger } from "../ledger/ledger.js";
import type { Logger } from "../observe/log.js";
import { Recorder } from "./recorder.js";
import { RunBook } from "./run-book.js";

export interface RecordingOptions {
  readonly path: string;
  readonly config: Config;
  readonly daemonVersion: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Recording {
  readonly ledger: Ledger;
  readonly runs: RunBook;
  readonly recorder: Recorder;
  /** Ends the run and lets go of the ledger; to be called when every frame has ended. */
  close(lastSeq: number): Promise<void>;
}

/** Opens the ledger at `path`. Raises LedgerInUseError and LedgerUnusableError. */
export async function openRecording(options: RecordingOptions): Promise<Recording> {
  const { path, config, daemonVersion, clock, log } = options;
  const ledger = await Ledger.open({
    path,
    heldEvents: PROTOCOL_LIMITS.heldEvents,
    newEpoch: randomUUID(),
    limits: ledgerLimits(config),
    clock,
    log,
  });
  const { openRun, history, lastRunId, lastSeq, settings } = ledger.resumption;
  const lastFrameAtMs = history.points.at(-1)?.receivedAtMs ?? null;
  const runs = new RunBook({
    clock,
    gapMs: config.runGapMin === null ? null : config.runGapMin * 60_000,
    daemonVersion,
    configuration: JSON.stringify(config),
    resumed: openRun === null ? null : { run: openRun, lastFrameAtMs },
    lastRunId,
    lastSeq,
  });
  const recorder = new Recorder({
    ledger,
    runs,
    clock,
    daemonVersion,
    keepsOutlines: config.keepOutlines,
    lastSettingsId: settings?.settingsId ?? 0,
  });
  return {
    ledger,
    runs,
    recorder,
    async close(last) {
      failpoint("recording/ending");
      const ended = runs.end(last, "stopped");
      // A disk that takes nothing: the run stays open, and the next daemon goes on with it.
      if (ended.length > 0)
        await ledger
          .writeRuns(ended)
          .catch((error: unknown) =>
            log.warn({ event: "run-not-ended", err: error }, "the run was not ended in the ledger"),
          );
      await ledger.close();
    },
  };
}
