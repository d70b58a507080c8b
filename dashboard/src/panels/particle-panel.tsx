/**
 * The particles of the frame that is shown: a table that draws only the rows in sight.
 *
 * @module
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Dashboard } from "../dashboard.js";
import { countText } from "../format/quantity.js";
import { useCell } from "../state/cell.js";
import { pick } from "../state/selection.js";
import type { FrameParticles } from "../state/store.js";
import type { ViewColumn } from "./particle-columns.js";
import { cellText, columnUnit, PARTICLE_VIEW } from "./particle-columns.js";
import type { Sorting } from "./particle-order.js";
import { nextSorting, particleOrder } from "./particle-order.js";
import { useWindow } from "./row-window.js";

interface Props {
  readonly dashboard: Dashboard;
}

/** Ten a second is as fast as a table can be read at all. */
const TABLE_INTERVAL_MS = 100;

export function ParticlePanel({ dashboard }: Props) {
  const particles = useCell(dashboard.shown.particles, TABLE_INTERVAL_MS);
  const [sorting, setSorting] = useState<Sorting>({ column: "ecdPx", descending: true });
  const count = particles?.table.id.length ?? 0;
  return (
    <section class="panel particle-panel" aria-label="Particles">
      <header class="panel-header">
        <h2>Particles</h2>
        <span class="panel-subtitle">
          {particles === null ? "" : `${countText(count)} in frame ${countText(particles.seq)}`}
        </span>
      </header>
      <Table
        dashboard={dashboard}
        particles={particles}
        sorting={sorting}
        onSort={(column) => setSorting(nextSorting(sorting, column))}
      />
    </section>
  );
}

interface TableProps extends Props {
  readonly particles: FrameParticles | null;
  readonly sorting: Sorting;
  readonly onSort: (column: ViewColumn) => void;
}

function Table({ dashboard, particles, sorting, onSort }: TableProps) {
  const order = useMemo(() => (particles === null ? [] : particleOrder(particles, sorting)), [particles, sorting]);
  const scroller = useRef<HTMLDivElement>(null);
  const { first, end, rowPx, onScroll } = useWindow(scroller, order.length);
  useMarkedInSight(dashboard, { scroller, order, rowPx });
  const { pointed } = dashboard.selection;
  return (
    <div class="table-scroller" ref={scroller} onScroll={onScroll} onPointerLeave={() => pointed.set(null)}>
      <table aria-rowcount={order.length + 1}>
        <Head
          sorting={sorting}
          pixelSizeNm={particles?.pixelSizeNm ?? null}
          isKnown={particles !== null}
          onSort={onSort}
        />
        <tbody>
          <Spacer rows={first} rowPx={rowPx} />
          {particles !== null &&
            order
              .slice(first, end)
              .map((index) => <Row key={index} dashboard={dashboard} particles={particles} index={index} />)}
          <Spacer rows={order.length - end} rowPx={rowPx} />
        </tbody>
      </table>
      {particles !== null && order.length === 0 && <p class="quiet table-note">No particles in this frame.</p>}
    </div>
  );
}

interface HeadProps {
  readonly sorting: Sorting;
  readonly pixelSizeNm: number | null;
  readonly isKnown: boolean;
  readonly onSort: (column: ViewColumn) => void;
}

function Head({ sorting, pixelSizeNm, isKnown, onSort }: HeadProps) {
  return (
    <thead>
      <tr>
        {PARTICLE_VIEW.map((column) => {
          const isSorted = sorting.column === column.name;
          const direction = sorting.descending ? "descending" : "ascending";
          return (
            <th key={column.name} scope="col" aria-sort={isSorted ? direction : "none"}>
              <button type="button" onClick={() => onSort(column)}>
                <span>
                  <i aria-hidden="true">{isSorted ? (sorting.descending ? "↓" : "↑") : ""}</i>
                  {column.label}
                </span>
                <small>{isKnown ? columnUnit(column, pixelSizeNm) : ""}</small>
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

/** Stands for the rows out of sight, so that the scroll bar is true. */
function Spacer({ rows, rowPx }: { readonly rows: number; readonly rowPx: number }) {
  return (
    <tr class="spacer" style={{ height: `${Math.max(0, rows) * rowPx}px` }}>
      <td colSpan={PARTICLE_VIEW.length} />
    </tr>
  );
}

interface RowProps extends Props {
  readonly particles: FrameParticles;
  readonly index: number;
}

function Row({ dashboard, particles, index }: RowProps) {
  const { selection } = dashboard;
  const pointed = useCell(selection.pointed);
  const marked = useCell(selection.marked);
  const isMarked = marked?.index === index;
  return (
    <tr
      class={pointed?.index === index ? "pointed" : ""}
      aria-selected={isMarked}
      data-particle={particles.table.id[index]}
      onPointerEnter={() => selection.pointed.set(pick(particles.table, index))}
      onClick={() => selection.marked.set(isMarked ? null : pick(particles.table, index))}
    >
      {PARTICLE_VIEW.map((column) => (
        <td key={column.name}>{cellText(column, particles, index)}</td>
      ))}
    </tr>
  );
}

interface Sight {
  readonly scroller: { readonly current: HTMLDivElement | null };
  readonly order: readonly number[];
  readonly rowPx: number;
}

/** Scrolls to the marked row when another particle is marked, not when it moves with the sorting. */
function useMarkedInSight({ selection }: Dashboard, { scroller, order, rowPx }: Sight): void {
  const latest = useRef(order);
  latest.current = order;
  useEffect(() => {
    let wasMarked = selection.marked.get() !== null;
    return selection.marked.subscribe(() => {
      const marked = selection.marked.get();
      const isNew = marked !== null && (!wasMarked || selection.pointed.get()?.index === marked.index);
      wasMarked = marked !== null;
      const element = scroller.current;
      if (!isNew || element === null || marked === null) return;
      const top = latest.current.indexOf(marked.index) * rowPx;
      const isInSight = top >= element.scrollTop && top + 2 * rowPx <= element.scrollTop + element.clientHeight;
      if (!isInSight) element.scrollTop = top - element.clientHeight / 3;
    });
  }, [selection, scroller, rowPx]);
}
