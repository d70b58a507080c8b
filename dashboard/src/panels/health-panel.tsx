/**
 * The state of the daemon: what is wrong, what it runs on, which frames it refused.
 *
 * @module
 */
import type { RejectionReason } from "../../../src/stream/base/frame.js";
import { REJECTION_REASONS } from "../../../src/stream/base/frame.js";
import type { HealthMessage } from "../../../src/stream/protocol/messages.js";
import type { Dashboard } from "../dashboard.js";
import { clockTime, countText, memory, NO_VALUE, quantityText } from "../format/quantity.js";
import { useCell } from "../state/cell.js";
import type { LastRejection } from "../state/store.js";
import { healthNotes, totalAccount } from "../state/store.js";

const TONES = { ok: "ok", degraded: "warn", failed: "bad" } as const;
const WORDS = { ok: "All is well", degraded: "Degraded", failed: "Failed" } as const;

export function HealthPanel({ dashboard: { store } }: { readonly dashboard: Dashboard }) {
  const health = useCell(store.health, 500);
  const rejections = useCell(store.rejections, 500);
  return (
    <section class="panel health" aria-label="Health">
      <header class="panel-header">
        <h2>Health</h2>
        {health !== null && (
          <span class={`badge ${TONES[health.state]}`} data-health={health.state}>
            <i class="dot" />
            {WORDS[health.state]}
          </span>
        )}
      </header>
      <div class="health-body">
        {health !== null && <Notes health={health} />}
        {health !== null && <Rejections health={health} last={rejections} />}
        <Facts health={health} />
      </div>
    </section>
  );
}

function Notes({ health }: { readonly health: HealthMessage }) {
  const notes = healthNotes(health);
  if (notes.length === 0) return null;
  return (
    <ul class={`notes ${TONES[health.state]}`}>
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

function Facts({ health }: { readonly health: HealthMessage | null }) {
  const facts = health === null ? EMPTY_FACTS : factsOf(health);
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd title={value}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

type Fact = readonly [name: string, value: string];

function factsOf({ analyzer, batch, queue, sources, daemonResidentBytes, clients }: HealthMessage): readonly Fact[] {
  const restarts = analyzer.restarts === 0 ? "" : `, restarted ${countText(analyzer.restarts)}×`;
  return [
    ["Analyzer", `${analyzer.state}${restarts}`],
    ["Filter on", analyzer.filterBackend],
    ["Segmenter on", analyzer.segmenterBackend],
    ["Queue", `${countText(queue.length)} of ${countText(queue.limit)}, ${cadenceText(sources)}`],
    ["Spool", spoolText(sources)],
    ["Senders' numbers", orderText(sources)],
    [
      "Batch",
      batch.mean === null ? NO_VALUE : `${batch.mean.toFixed(1)} frames, at most ${countText(batch.largest ?? 0)}`,
    ],
    ["Memory", quantityText(memory(daemonResidentBytes + analyzer.residentBytes))],
    ["Clients", countText(clients)],
  ];
}

const EMPTY_FACTS: readonly Fact[] = [
  "Analyzer",
  "Filter on",
  "Segmenter on",
  "Queue",
  "Spool",
  "Senders' numbers",
  "Batch",
  "Memory",
  "Clients",
].map((name) => [name, NO_VALUE]);

type Sources = HealthMessage["sources"];

/** The cadence of each stream, once where they are alike. */
function cadenceText(sources: Sources): string {
  return [...new Set(sources.map(({ cadence }) => cadence))].join(" / ");
}

/** What waits on disk, of all streams: `1,200 frames, 315 MB`. */
function spoolText(sources: Sources): string {
  const spools = sources.map(({ spool }) => spool).filter((spool) => spool !== null);
  if (spools.length === 0) return NO_VALUE;
  const sum = (part: "frames" | "bytes") => spools.reduce((all, spool) => all + spool[part], 0);
  return `${countText(sum("frames"))} frames, ${quantityText(memory(sum("bytes")))}`;
}

/** What the numbers of all senders together say: `12 missing, 3 late, 1 repeated`. */
function orderText(sources: Sources): string {
  const orders = sources.map(({ order }) => order).filter((order) => order !== null);
  if (orders.length === 0) return NO_VALUE;
  const sum = (name: "missing" | "late" | "repeated") => orders.reduce((all, order) => all + order[name], 0);
  const wrong = (["missing", "late", "repeated"] as const).filter((name) => sum(name) > 0);
  return wrong.length === 0 ? "complete, in order" : wrong.map((name) => `${countText(sum(name))} ${name}`).join(", ");
}

interface RejectionRow {
  readonly reason: RejectionReason;
  readonly count: number;
  readonly last: LastRejection | undefined;
}

/** One row a reason, the latest first; a reason from before this page was opened has a count and no file. */
function Rejections({ health, last }: { readonly health: HealthMessage; readonly last: readonly LastRejection[] }) {
  const { rejected } = totalAccount(health);
  const rows: readonly RejectionRow[] = REJECTION_REASONS.map((reason) => ({
    reason,
    count: rejected[reason] ?? 0,
    last: last.find((entry) => entry.reason === reason),
  }))
    .filter(({ count, last: latest }) => count > 0 || latest !== undefined)
    .sort((a, b) => (b.last?.atMs ?? 0) - (a.last?.atMs ?? 0));
  return (
    <div class="rejections">
      <h3>Rejected</h3>
      {rows.length === 0 && <p class="quiet">None</p>}
      {rows.map(({ reason, count, last: latest }) => (
        <div key={reason} class="rejection" data-reason={reason} title={latest?.detail}>
          <b>{reason}</b>
          <span class="rejection-file">{latest?.label ?? ""}</span>
          <time>{latest === undefined ? "" : clockTime(latest.atMs)}</time>
          <span class="number">{countText(count)}</span>
        </div>
      ))}
    </div>
  );
}
