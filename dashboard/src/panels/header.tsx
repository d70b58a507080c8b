/**
 * The top line: name, source, connection, notices, theme.
 *
 * @module
 */
import type { HealthMessage } from "../../../src/stream/protocol/messages.js";
import type { ConnectionState } from "../connection/connection.js";
import type { Dashboard } from "../dashboard.js";
import { sourceName } from "../format/quantity.js";
import { useCell } from "../state/cell.js";
import { healthNotes } from "../state/store.js";
import { useNow } from "../state/use-now.js";

interface Props {
  readonly dashboard: Dashboard;
}

export function Header({ dashboard }: Props) {
  const health = useCell(dashboard.store.health, 500);
  const sources = health?.sources.map(({ name }) => sourceName(name)).join(", ") ?? "";
  return (
    <header class="header">
      <h1 class="brand">
        <svg class="brand-mark" viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="6.4" cy="9" r="5.6" />
          <circle cx="13.2" cy="3" r="2" />
        </svg>
        Ostwald
      </h1>
      <span class="header-source" title={sources}>
        {sources}
      </span>
      <Notice dashboard={dashboard} />
      <ConnectionBadge dashboard={dashboard} />
      <ThemeButton dashboard={dashboard} />
    </header>
  );
}

/** One sentence about what the reader must know now; its place is kept when there is none. */
function Notice({ dashboard }: Props) {
  const restarts = useCell(dashboard.connection.restarts);
  const missed = useCell(dashboard.store.missedEvents, 500);
  const state = useCell(dashboard.connection.state);
  const health = useCell(dashboard.store.health, 500);
  const text = noticeText({ state, restarts, missed, health });
  const isBad = state.kind === "waiting" || health?.state === "failed";
  return (
    <output class={`notice ${isBad ? "bad" : ""}`} title={text}>
      {text}
    </output>
  );
}

interface Noticed {
  readonly state: ConnectionState;
  readonly health: HealthMessage | null;
  readonly restarts: number;
  readonly missed: number;
}

function noticeText({ state, health, restarts, missed }: Noticed): string {
  if (state.kind === "waiting") return state.reason;
  if (health !== null && health.state !== "ok") return healthNotes(health)[0] ?? "";
  if (missed > 0) return `${missed} events were no longer held by the daemon and are missing from the charts.`;
  if (restarts > 0) return "The daemon was restarted: a new run has begun.";
  return "";
}

function ConnectionBadge({ dashboard: { connection } }: Props) {
  const state = useCell(connection.state);
  if (state.kind === "waiting") {
    return (
      <button type="button" class="badge bad" data-connection="waiting" onClick={() => connection.retry()}>
        <i class="dot" />
        <Countdown untilMs={state.retryAtMs} />
      </button>
    );
  }
  return (
    <span class={`badge ${state.kind === "live" ? "ok" : "warn"}`} data-connection={state.kind}>
      <i class="dot" />
      {state.kind === "live" ? "Live" : "Connecting"}
    </span>
  );
}

function Countdown({ untilMs }: { readonly untilMs: number }) {
  const leftS = Math.max(0, Math.ceil((untilMs - useNow(250)) / 1_000));
  return <span>{leftS > 0 ? `Retry now · ${leftS} s` : "Connecting"}</span>;
}

function ThemeButton({ dashboard }: Props) {
  const theme = useCell(dashboard.theme.theme);
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button type="button" class="icon-button" title={`Use the ${other} theme`} onClick={() => dashboard.theme.toggle()}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.3" />
        <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor" />
      </svg>
      <span class="visually-hidden">Use the {other} theme</span>
    </button>
  );
}
