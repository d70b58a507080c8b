/**
 * Which run the charts over time show: the present one, or one of the past that is opened while it goes on.
 *
 * @module
 */
import { useEffect } from "preact/hooks";
import type { RunEntry } from "../../../src/stream/protocol/run-messages.js";
import type { Dashboard } from "../dashboard.js";
import { clockTime, countText } from "../format/quantity.js";
import { useCell } from "../state/cell.js";

/** The value of the present run among the choices. */
const PRESENT = "present";

export function RunChoice({ dashboard: { store, connection } }: { readonly dashboard: Dashboard }) {
  const run = useCell(store.run);
  const runs = useCell(store.runs);
  const past = useCell(store.past);
  const state = useCell(connection.state);
  const isLive = state.kind === "live";
  // Runs change when one begins; a daemon without a ledger refuses, and there is nothing to choose.
  useEffect(() => {
    if (isLive && run !== null) void connection.listRuns();
  }, [connection, isLive, run]);
  const others = runs.filter(({ runId }) => runId !== run?.runId).reverse();
  if (run === null || others.length === 0) return <span class="panel-subtitle">{run?.name ?? ""}</span>;
  const choose = (value: string) => {
    if (value === PRESENT) store.past.set(null);
    else void connection.openRun(Number(value));
  };
  return (
    <span class="panel-subtitle run-choice" data-past={past !== null}>
      <select
        aria-label="Run shown over time"
        value={past === null ? PRESENT : String(past.run.runId)}
        disabled={!isLive}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      >
        <option value={PRESENT}>{run.name}, now</option>
        {others.map((other) => (
          <option key={other.runId} value={String(other.runId)} title={other.notes}>
            {runText(other)}
          </option>
        ))}
      </select>
    </span>
  );
}

function runText({ name, startedAtMs, committed }: RunEntry): string {
  return `${name}, ${clockTime(startedAtMs)}, ${countText(committed)} frames`;
}
