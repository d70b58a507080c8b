/**
 * What stands in the picture's place before there is one: what is waited for and what to do.
 *
 * @module
 */
import type { Dashboard } from "../dashboard.js";
import { sourceName } from "../format/quantity.js";
import { useCell } from "../state/cell.js";

export function Waiting({ dashboard: { store, shown, connection } }: { readonly dashboard: Dashboard }) {
  const scene = useCell(shown.scene, 200);
  const frame = useCell(store.frame, 200);
  const health = useCell(store.health, 500);
  const state = useCell(connection.state);
  if (scene !== null) return null;
  if (health === null && state.kind !== "live") {
    return (
      <div class="waiting" data-waiting="daemon">
        <strong>Waiting for the daemon</strong>
        <span>
          Start it with <code>ostwald watch DIR</code>. This page connects by itself.
        </span>
      </div>
    );
  }
  if (frame !== null) {
    return (
      <div class="waiting" data-waiting="picture">
        <strong>Waiting for the next picture</strong>
        <span>The figures are of frame {frame.message.label}.</span>
      </div>
    );
  }
  return (
    <div class="waiting" data-waiting="frame">
      <strong>Waiting for the first frame</strong>
      {health?.sources.map((source) => (
        <span key={source.name}>
          in <code>{sourceName(source.name)}</code>
        </span>
      ))}
      <span>A frame appears here as soon as its file is complete.</span>
    </div>
  );
}
