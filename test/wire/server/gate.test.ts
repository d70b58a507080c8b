import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Carrier } from "../../../src/stream/ingest/carrier.js";
import { INGEST_SUBPROTOCOL } from "../../../src/stream/protocol/ingest-messages.js";
import { SUBPROTOCOLS } from "../../../src/stream/protocol/messages.js";
import { TestClient } from "../../support/wire-client.js";
import type { TestServer } from "../../support/wire-server.js";
import { startTestServer } from "../../support/wire-server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.close());

/** Sends `lines` as they are and gives all that comes back before the server closes. */
function exchange(...lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1", () => socket.write(`${lines.join("\r\n")}\r\n\r\n`));
    let received = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      received += chunk;
    });
    socket.once("error", reject).once("close", () => resolve(received));
  });
}

const get = (host: string, ...headers: readonly string[]) =>
  exchange("GET / HTTP/1.1", `Host: ${host}`, "Connection: close", ...headers);

const upgrade = (path: string, ...headers: readonly string[]) =>
  exchange(
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${server.port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  );

describe("Host", () => {
  it.each(["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])("%s with the port is let in", async (name) => {
    expect(await get(`${name}:${server.port}`)).toMatch(/^HTTP\/1.1 200/);
  });

  it.each(["evil.example", "127.0.0.1.evil.example", "0.0.0.0", "127.0.0.1"])("%s is refused", async (name) => {
    const port = name === "127.0.0.1" ? 1 : server.port;
    expect(await get(`${name}:${port}`)).toMatch(/^HTTP\/1.1 403[\s\S]*"tag":"HostOrOriginRefused"/);
  });

  it("without a port is refused", async () => {
    expect(await get("127.0.0.1")).toMatch(/^HTTP\/1.1 403/);
  });
});

describe("Origin", () => {
  it("of the page itself is let in, to HTTP and to the stream", async () => {
    const origin = `http://127.0.0.1:${server.port}`;
    expect(await get(`127.0.0.1:${server.port}`, `Origin: ${origin}`)).toMatch(/^HTTP\/1.1 200/);
    const client = await TestClient.connect(server.url, { headers: { origin } });
    expect((await client.next()).op).toBe("hello");
    await client.close();
  });

  it.each(["http://evil.example", "null", "https://127.0.0.1", "http://localhost:1", "file://"])(
    "%s is refused, by HTTP and by the stream",
    async (origin) => {
      expect(await get(`127.0.0.1:${server.port}`, `Origin: ${origin}`)).toMatch(/^HTTP\/1.1 403/);
      await expect(TestClient.connect(server.url, { headers: { origin } })).rejects.toThrow(/^403 Origin/);
      expect(server.hub.clientCount).toBe(0);
    },
  );

  it("of a page that reached this machine under another name is refused", async () => {
    const headers = { host: `evil.example:${server.port}`, origin: `http://evil.example:${server.port}` };
    await expect(TestClient.connect(server.url, { headers })).rejects.toThrow(/^403 Host/);
  });
});

describe("an upgrade", () => {
  it("without a subprotocol is refused with the names there are", async () => {
    expect(await upgrade("/stream")).toMatch(/^HTTP\/1.1 400[\s\S]*ostwald\.v1\.json or ostwald\.v1\.msgpack/);
  });

  it("with an unknown subprotocol is refused and says what came", async () => {
    expect(await upgrade("/stream", "Sec-WebSocket-Protocol: ostwald.v9.cbor")).toMatch(
      /^HTTP\/1.1 400[\s\S]*ostwald\.v9\.cbor/,
    );
  });

  it("with several takes the first that is known", async () => {
    const offered = ["other.v1", SUBPROTOCOLS.json, SUBPROTOCOLS.msgpack];
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/stream`, offered);
    await new Promise((resolve) => socket.once("open", resolve));
    expect(socket.protocol).toBe(SUBPROTOCOLS.json);
    socket.terminate();
  });

  it("at another path is refused", async () => {
    expect(await upgrade("/other", `Sec-WebSocket-Protocol: ${SUBPROTOCOLS.json}`)).toMatch(/^HTTP\/1.1 404/);
  });

  it("without a key is refused", async () => {
    const answer = await exchange(
      "GET /stream HTTP/1.1",
      `Host: 127.0.0.1:${server.port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      `Sec-WebSocket-Protocol: ${SUBPROTOCOLS.json}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 400/);
  });
});

describe("/ingest", () => {
  it("is not there where no source takes frames from it, and says how to have it", async () => {
    const answer = await upgrade("/ingest", `Sec-WebSocket-Protocol: ${INGEST_SUBPROTOCOL}`);
    expect(answer).toMatch(/^HTTP\/1.1 404[\s\S]*ostwald receive ws:\/\/\/ingest/);
  });

  it("takes its own subprotocol and no other, and no page of another site", async () => {
    const carriers: Carrier[] = [];
    const taking = await startTestServer({}, { ingest: (carrier) => void carriers.push(carrier) });
    const url = `ws://127.0.0.1:${taking.port}/ingest`;
    const opened = (protocol: string, origin?: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(url, protocol, origin === undefined ? {} : { origin });
        socket.once("open", () => resolve("open"));
        socket.once("error", ({ message }) => resolve(message));
      });
    expect(await opened(SUBPROTOCOLS.json)).toMatch(/400/);
    expect(await opened(INGEST_SUBPROTOCOL, "http://elsewhere.example")).toMatch(/403/);
    expect(carriers).toEqual([]);
    expect(await opened(INGEST_SUBPROTOCOL)).toBe("open");
    expect(carriers).toHaveLength(1);
    for (const carrier of carriers) carrier.close();
    await taking.close();
  });
});
