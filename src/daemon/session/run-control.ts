/**
 * What clients and sources may do with runs: begin, end and describe them, list and open them.
 *
 * @module
 */
import type { RunChange } from "../../stream/flow/intake.js";
import type { RunRequest, ServerMessage } from "../../stream/protocol/messages.js";
import type { RunState } from "../../stream/protocol/run-messages.js";
import { NoLedgerError, RunUnknownError } from "../ledger/errors.js";
import type { Ledger } from "../ledger/ledger.js";
import type { Run, RunSummary } from "../ledger/records.js";
import type { OpenedRun } from "../ledger/service.js";
import type { Logger } from "../observe/log.js";
import type { RunBook } from "./run-book.js";

export interface RunControlOptions {
  /** `null`: nothing is recorded, and there are no runs. */
  readonly recording: {
    readonly ledger: Pick<Ledger, "writeRuns" | "describeRun" | "runs" | "openRun">;
    readonly runs: Pick<RunBook, "current" | "start" | "end" | "describe" | "isBegun">;
  } | null;
  /** Number of the last frame that was taken in. */
  readonly lastSeq: () => number;
  /** Told when the run that frames of now belong to is another, or is called otherwise. */
  readonly onChange: (run: RunState | null) => void;
}

/** Carries out a request about runs, and gives what is answered before `done`. Raises NoLedgerError, RunUnknownError, LedgerFailedError. */
export async function carryOutRunRequest(
  request: RunRequest,
  options: RunControlOptions,
): Promise<ServerMessage | null> {
  const { recording, lastSeq, onChange } = options;
  if (recording === null) throw new NoLedgerError();
  const { ledger, runs } = recording;
  const { requestId } = request;
  switch (request.op) {
    case "listRuns":
      return { op: "runs", requestId, runs: (await ledger.runs()).map(entryOf) };
    case "openRun":
      return historyOf(requestId, await orUnknown(request.runId, ledger.openRun(request.runId)));
    case "startRun":
      await ledger.writeRuns(runs.start(lastSeq() + 1, request));
      break;
    case "endRun":
      await ledger.writeRuns(runs.end(lastSeq(), "asked"));
      break;
    case "describeRun": {
      const { runId, name, notes } = request;
      const change = { ...(name === undefined ? {} : { name }), ...(notes === undefined ? {} : { notes }) };
      await orUnknown(
        runId,
        ledger.describeRun(runId, change).then((isThere) => (isThere ? true : null)),
      );
      runs.describe(runId, change);
    }
  }
  onChange(runs.current === null ? null : stateOf(runs.current));
  return null;
}

async function orUnknown<Found>(runId: number, found: Promise<Found | null>): Promise<Found> {
  const value = await found;
  if (value !== null) return value;
  throw new RunUnknownError({
    received: `runId = ${runId}`,
    expected: "the number of a run that has frames",
    remedy: "Ask with listRuns which there are.",
  });
}

/** A run as clients see it. */
export function stateOf({ id, name, notes, startedAtMs, endedAtMs, firstSeq, lastSeq }: Run): RunState {
  return { runId: id, name, notes, startedAtMs, endedAtMs, firstSeq, lastSeq };
}

function entryOf(run: RunSummary) {
  const { committed, rejected, dropped, particles } = run;
  return { ...stateOf(run), committed, rejected, dropped, particles };
}

function historyOf(requestId: string, { run, history, settings }: OpenedRun): ServerMessage {
  const { points, lastFrame, particles, rejections } = history;
  const table =
    particles === null
      ? null
      : ({
          op: "particles",
          seq: particles.seq,
          pixelSizeNm: particles.pixelSizeNm,
          columns: particles.table,
        } as const);
  const past = { history: points, lastFrame, particles: table, rejections };
  return { op: "runHistory", requestId, run: entryOf(run), ...past, settingsHistory: settings };
}

/** What clients and sources may do with runs. */
export function runRequestsOf(options: RunControlOptions) {
  const { recording, lastSeq } = options;
  return {
    carryOut: (request: RunRequest) => carryOutRunRequest(request, options),
    /** Without a ledger there are no runs. What could not be written at once is written with the next frame. */
    async change(change: RunChange, log: Logger): Promise<void> {
      if (recording === null || (change.op === "startRun" && recording.runs.isBegun(lastSeq() + 1, change))) return;
      await carryOutRunRequest({ requestId: "", ...change }, options).catch((error: unknown) =>
        log.warn({ event: "run-not-changed", err: error }, "a run is not in the ledger yet"),
      );
    },
  };
}
