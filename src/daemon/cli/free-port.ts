/**
 * Finds a port that nobody listens on.
 *
 * @module
 */
import { once } from "node:events";
import { createServer } from "node:net";

/** Ports that are tried, one after the other. */
const TRIES = 50;

/** `first`, or the next free port after it on `host`; 0, for the system to choose, when none of the next fifty is free. */
export async function freePort(host: string, first: number): Promise<number> {
  if (first === 0) return 0;
  const end = Math.min(first + TRIES, 65_536);
  for (let port = first; port < end; port++) {
    if (await isFree(host, port)) return port;
  }
  return 0;
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
