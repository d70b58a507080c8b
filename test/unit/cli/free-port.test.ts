import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../../../src/daemon/cli/free-port.js";

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function takePort(port: number): Promise<number> {
  const server = createServer().listen({ host: "127.0.0.1", port });
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("freePort", () => {
  it("gives a later port when the first is taken", async () => {
    const taken = await takePort(0);
    const port = await freePort("127.0.0.1", taken);
    expect(port === 0 || port > taken).toBe(true);
    await takePort(port);
  });

  it("leaves the choice to the system for 0", async () => {
    expect(await freePort("127.0.0.1", 0)).toBe(0);
  });

  it("gives the first when it is free, and holds nothing open", async () => {
    const port = await takePort(0);
    await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
    expect(await freePort("127.0.0.1", port)).toBe(port);
    expect(await takePort(port)).toBe(port);
  });
});
