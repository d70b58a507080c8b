/**
 * Everything the page is made of, put together: connection, store and what is derived from it.
 *
 * @module
 */
import { browserSockets, streamUrl } from "./connection/browser-socket.js";
import { Connection } from "./connection/connection.js";
import type { ReadonlyCell } from "./state/cell.js";
import type { Selection } from "./state/selection.js";
import { createSelection } from "./state/selection.js";
import type { Shown } from "./state/shown.js";
import { createShown } from "./state/shown.js";
import { Store } from "./state/store.js";
import type { ThemeChoice } from "./theme.js";
import { createTheme } from "./theme.js";
import type { SizeScale } from "./view/size-scale.js";
import { createSizeScale } from "./view/size-scale.js";

export interface Dashboard {
  readonly store: Store;
  readonly connection: Connection;
  readonly shown: Shown;
  readonly selection: Selection;
  readonly sizeScale: ReadonlyCell<SizeScale | null>;
  readonly theme: ThemeChoice;
}

/** Builds the dashboard of the daemon that served this page, and connects. */
export function createDashboard(): Dashboard {
  const store = new Store();
  const shown = createShown(store);
  const connection = new Connection({
    open: browserSockets(streamUrl(location.href)),
    onMessage: (message, nowMs) => store.apply(message, nowMs),
  });
  document.addEventListener("visibilitychange", () => {
    connection.wanted.set({ ...connection.wanted.get(), visible: !document.hidden });
  });
  return {
    store,
    connection,
    shown,
    selection: createSelection(shown.particles),
    sizeScale: createSizeScale(shown.scene),
    theme: createTheme(document.documentElement),
  };
}
