/**
 * The run that clients are shown.
 *
 * @module
 */
import type { RunState } from "../../stream/protocol/run-messages.js";
import type { Publisher } from "./publisher.js";
import type { Recording } from "./recording.js";
import { stateOf } from "./run-control.js";

/** The run that clients are shown: the one they belong to as soon as it is recorded. */
export function runShown(recording: Recording | null, tell: (run: RunState | null) => void, publisher: Publisher) {
  const current = () => recording?.runs.current ?? null;
  const atStart = current();
  let shown = atStart === null ? null : stateOf(atStart);
  const show = (state: RunState | null) => {
    if (state !== null && state.runId !== shown?.runId) publisher.beginRun(state.firstSeq);
    shown = state;
    tell(state);
  };
  return {
    get shown() {
      return shown;
    },
    show,
    /** A frame is recorded; it may have begun a run. */
    see(seq: number) {
      const run = current();
      if (run !== null && run.id !== shown?.runId && run.firstSeq <= seq) show(stateOf(run));
    },
  };
}
