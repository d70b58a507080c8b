/**
 * The values of the particle that is pointed at, else of the one that is marked.
 *
 * @module
 */
import type { Dashboard } from "../dashboard.js";
import { useCell } from "../state/cell.js";
import { cellText, columnUnit, PARTICLE_VIEW } from "./particle-columns.js";

export function ParticleDetail({ dashboard: { selection, shown } }: { readonly dashboard: Dashboard }) {
  const pointed = useCell(selection.pointed);
  const marked = useCell(selection.marked);
  const particles = useCell(shown.particles, 100);
  const picked = pointed ?? marked;
  if (picked === null || particles === null) {
    return <p class="detail quiet">Point at a particle for its values; click to mark it, and it is followed.</p>;
  }
  return (
    <dl class="detail" data-detail={particles.table.id[picked.index]}>
      {PARTICLE_VIEW.filter((column) => column.inDetail).map((column) => (
        <div key={column.name}>
          <dt>{column.label}</dt>
          <dd>
            {cellText(column, particles, picked.index)} <small>{columnUnit(column, particles.pixelSizeNm)}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}
