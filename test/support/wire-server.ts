/**
 * A real server on a port of the system's choice, with a hub whose input is the test's.
 *
 * @module
 */
import type { AssetMap } from "../../src/daemon/server/assets.js";
import type { RunningServer, ServerOptions } from "../../src/daemon/server/start-server.js";
import { startServer } from "../../src/daemon/server/start-server.js";
import type { HubOptions } from "../../src/stream/serve/hub.js";
import { Hub } from "../../src/stream/serve/hub.js";
import { healthOf, helloState } from "./wire-messages.js";

export interface TestServer extends RunningServer {
  readonly hub: Hub;
}

const text = (body: string, type: string) => ({ body: Buffer.from(body), type, etag: `"${body.length}"` });

export const TEST_ASSETS: AssetMap = new Map([
  ["/", text("<!doctype html>", "text/html; charset=utf-8")],
  ["/assets/main-1a2b.js", text("export {};", "text/javascript; charset=utf-8")],
]);

export async function startTestServer(
  hubOptions: Partial<HubOptions> = {},
  serverOptions: Partial<ServerOptions> = {},
): Promise<TestServer> {
  const hub = new Hub({
    hello: helloState,
    configure: async () => undefined,
    onDefect: (error) => {
      throw error;
    },
    monotonicMs: () => performance.now(),
    ...hubOptions,
  });
  const server = await startServer({
    host: "127.0.0.1",
    port: 0,
    hub,
    assets: TEST_ASSETS,
    health: () => healthOf(),
    ...serverOptions,
  });
  return { ...server, hub };
}
