/**
 * The daemon's server: dashboard, `/healthz` and stream on one port.
 *
 * @module
 */

import type { Carrier } from "../../stream/ingest/carrier.js";
import { PROTOCOL_LIMITS } from "../../stream/protocol/limits.js";
import type { HealthMessage } from "../../stream/protocol/messages.js";
import type { Hub } from "../../stream/serve/hub.js";
import type { AssetMap } from "./assets.js";
import type { BoundAddress } from "./gate.js";
import { urlHost } from "./gate.js";
import type { HttpOptions } from "./http-server.js";
import { createHttpServer } from "./http-server.js";
import { listen } from "./listen.js";
import { serveWebSockets } from "./websocket-server.js";

export interface ServerOptions {
  /** `127.0.0.1`, `::1` or `localhost`. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly hub: Hub;
  /** Takes the connections of senders at `/ingest`; without it no frames are taken there. */
  readonly ingest?: ((carrier: Carrier) => void) | null;
  readonly assets: AssetMap;
  readonly health: () => HealthMessage;
  readonly pages?: HttpOptions["pages"];
  /** How often clients are asked for a sign of life, ms; the protocol's by default. */
  readonly pingIntervalMs?: number;
}

export interface RunningServer {
  /** Address of the dashboard, `http://127.0.0.1:8787/`. */
  readonly url: string;
  readonly port: number;
  /** Closes every connection, clients with 1001, in bounded time; the same promise whenever it is called. */
  close(): Promise<void>;
}

/** Opens the port. Raises PortInUseError, HostNotAllowedError and ListenError. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  let bound: BoundAddress = { host: options.host, port: options.port };
  const { assets, health, pages } = options;
  const http = createHttpServer({ assets, health, bound: () => bound, ...(pages === undefined ? {} : { pages }) });
  bound = await listen(http, bound);
  const { hub, ingest = null, pingIntervalMs = PROTOCOL_LIMITS.pingIntervalMs } = options;
  const webSockets = serveWebSockets(http, { hub, ingest, bound: () => bound, pingIntervalMs });
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    const httpClosed = new Promise((resolve) => http.close(resolve));
    await webSockets.close();
    http.closeAllConnections();
    await httpClosed;
  };
  return {
    url: `http://${urlHost(bound)}/`,
    port: bound.port,
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
