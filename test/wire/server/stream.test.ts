import { afterEach, describe, expect, it } from "vitest";
import { CLOSE_CODES, PROTOCOL_LIMITS } from "../../../src/stream/protocol/limits.js";
import type { ServerMessage } from "../../../src/stream/protocol/messages.js";
import { TestClient } from "../../support/wire-client.js";
import { frameEvent, healthOf, particlesOf, previewOf, rejectedEvent } from "../../support/wire-messages.js";
import type { TestServer } from "../../support/wire-server.js";
import { startTestServer } from "../../support/wire-server.js";

const servers: TestServer[] = [];

async function serve(...options: Parameters<typeof startTestServer>): Promise<TestServer> {
  const server = await startTestServer(...options);
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const seqOf = (message: ServerMessage) => ("seq" in message ? message.seq : message.op);
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Ends when everything up to `lastSeq` was told; gives each seq once, those within a gap too. */
async function toldUpTo(
  client: TestClient,
  lastSeq: number,
): Promise<{ readonly seqs: number[]; readonly gaps: number }> {
  const messages = await client.until((message) => seqOf(message) === lastSeq);
  const seqs = messages.flatMap((message) => {
    if (message.op === "gap") return upTo(message.toSeq, message.fromSeq);
    return message.op === "rejected" ? [message.seq] : [];
  });
  return { seqs, gaps: messages.filter(({ op }) => op === "gap").length };
}

describe.each(["json", "msgpack"] as const)("a client in %s", (encoding) => {
  it("gets hello first, then what it subscribed to, every event in order", async () => {
    const { url, hub } = await serve();
    const client = await TestClient.connect(url, { encoding });
    expect(await client.next()).toMatchObject({ op: "hello", protocolVersion: 1, lastSeq: 0 });
    await client.subscribe({ channels: ["events"] });
    for (let seq = 1; seq <= 200; seq += 1) hub.publish(seq % 3 === 0 ? rejectedEvent(seq) : frameEvent(seq));
    const events = await client.until((message) => seqOf(message) === 200);
    expect(events.map(seqOf)).toEqual(upTo(200));
    await client.close();
  });

  it("gets the picture of a frame with its outlines", async () => {
    const { url, hub } = await serve();
    const client = await TestClient.connect(url, { encoding });
    await client.subscribe({ channels: ["preview"] });
    expect(hub.wantedPreviews()).toEqual(["raw", "filtered"]);
    hub.publish(frameEvent(1), { previews: [previewOf(1)] });
    expect(await client.next()).toEqual(previewOf(1));
    await client.close();
  });

  it("is closed with 1009 for a message one byte past the limit, and not for one at it", async () => {
    const { url } = await serve();
    const client = await TestClient.connect(url, { encoding });
    await client.next();
    client.sendRaw(" ".repeat(PROTOCOL_LIMITS.clientMessageBytes));
    expect(await client.next()).toMatchObject({ op: "error", requestId: null, tag: "Protocol" });
    client.sendRaw(" ".repeat(PROTOCOL_LIMITS.clientMessageBytes + 1));
    expect((await client.closed).code).toBe(CLOSE_CODES.messageTooBig);
  });
});

it("clients of both encodings read the same numbers", async () => {
  const { url, hub } = await serve();
  const clients = await Promise.all([
    TestClient.connect(url, { encoding: "json" }),
    TestClient.connect(url, { encoding: "msgpack" }),
  ]);
  for (const client of clients) await client.subscribe({ channels: ["events", "particles", "preview", "health"] });
  hub.wantedPreviews();
  hub.publish(frameEvent(1), { particles: particlesOf(1, 50), previews: [previewOf(1)] });
  hub.publishHealth(healthOf());
  const [first, second] = await Promise.all(clients.map((client) => client.until(({ op }) => op === "health")));
  expect(first).toHaveLength(4);
  expect(first).toEqual(second);
  await Promise.all(clients.map((client) => client.close()));
});

it("a test that leaves a message unread fails", async () => {
  const { url } = await serve();
  const client = await TestClient.connect(url);
  while (client.unreadCount === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await expect(client.close()).rejects.toThrow("unread at the end: hello");
});

describe("stalled clients", () => {
  const BUDGET = 64 * 1024;
  const STALLED = 50;
  /** Large enough that what the operating system holds for a connection is full after a few hundred. */
  const EVENT_BYTES = 16_000;
  const largeEvent = (seq: number) => ({ ...rejectedEvent(seq), detail: "x".repeat(EVENT_BYTES) });

  it("cost their budget each, nobody's events, and resume with every event or the gap", async () => {
    const { url, hub } = await serve({ limits: { bufferedBytesPerClient: BUDGET, heldEvents: 64 } });
    const watching = new Set<{ readonly bufferedAmount: number }>();
    const attach = hub.attach.bind(hub);
    hub.attach = (socket, encoding) => {
      watching.add(socket);
      attach(socket, encoding);
    };
    const stalled = await Promise.all(Array.from({ length: STALLED }, () => TestClient.connect(url)));
    for (const client of stalled) {
      await client.subscribe({ channels: ["events"] });
      client.stall();
    }
    const healthy = await TestClient.connect(url);
    await healthy.subscribe({ channels: ["events"] });

    const total = 800;
    let mostBuffered = 0;
    const received: unknown[] = [];
    for (let seq = 1; seq <= total; seq += 1) {
      hub.publish(largeEvent(seq));
      for (const socket of watching) mostBuffered = Math.max(mostBuffered, socket.bufferedAmount);
      if (seq % 20 === 0) received.push(...(await healthy.until((message) => seqOf(message) === seq)).map(seqOf));
    }
    expect(received).toEqual(upTo(total));
    expect(mostBuffered).toBeGreaterThan(BUDGET);
    expect(mostBuffered).toBeLessThan(BUDGET + EVENT_BYTES + 1000);

    const ends = await Promise.all(
      stalled.map((client) => {
        client.resume();
        return toldUpTo(client, total);
      }),
    );
    for (const { seqs } of ends) expect(seqs).toEqual(upTo(total));
    expect(ends.some(({ gaps }) => gaps > 0)).toBe(true);
    await Promise.all([...stalled, healthy].map((client) => client.close()));
  });

  it("are cut off when they give no sign of life, and those that live are not", async () => {
    const { url, hub } = await serve({}, { pingIntervalMs: 500 });
    const [dead, alive] = [await TestClient.connect(url), await TestClient.connect(url)];
    await Promise.all([dead.next(), alive.next()]);
    dead.stall();
    while (hub.clientCount > 1) await new Promise((resolve) => setTimeout(resolve, 20));
    await alive.subscribe({ channels: [] });
    dead.abandon();
    await alive.close();
  });
});

it("a flood of messages is closed with 1008, and another client does not notice", async () => {
  const { url, hub } = await serve({ monotonicMs: () => 0 });
  const [flooding, other] = [await TestClient.connect(url), await TestClient.connect(url)];
  await other.subscribe({ channels: ["events"] });
  for (let count = 0; count <= PROTOCOL_LIMITS.clientMessageBurst; count += 1) flooding.sendRaw("x");
  expect((await flooding.closed).code).toBe(CLOSE_CODES.policyViolation);
  hub.publish(frameEvent(1));
  expect(await other.next()).toEqual(frameEvent(1));
  await other.close();
});

it("one connection more than there may be is closed with 1013", async () => {
  const { url } = await serve({ limits: { clients: 3 } });
  const clients = await Promise.all([1, 2, 3].map(() => TestClient.connect(url)));
  for (const client of clients) await client.next();
  const late = await TestClient.connect(url);
  expect((await late.closed).code).toBe(CLOSE_CODES.tryAgainLater);
  await Promise.all(clients.map((client) => client.close()));
});

it("closing tells every client 1001, also one that reads nothing, and ends", async () => {
  const server = await serve();
  const [reading, stalled] = [await TestClient.connect(server.url), await TestClient.connect(server.url)];
  stalled.stall();
  const closing = server.close();
  expect(server.close()).toBe(closing);
  await closing;
  expect(await reading.closed).toEqual({ code: CLOSE_CODES.goingAway, reason: "the daemon is stopping" });
  stalled.abandon();
});
