/** What a hub tells of events: every one, in order, to whoever reads fast or slowly, or comes back. */
import { beforeEach, describe, expect, it } from "vitest";
import { CLOSE_CODES } from "../../../src/stream/protocol/limits.js";
import type { EventMessage, ServerMessage } from "../../../src/stream/protocol/messages.js";
import { Hub } from "../../../src/stream/serve/hub.js";
import { createHub, EVENTS, ops, publish, resetRig, rig, subscribed, toldSeqs, upTo } from "../../support/hub.js";
import {
  droppedEvent,
  frameEvent,
  healthOf,
  helloState,
  particlesOf,
  rejectedEvent,
  settingsOf,
} from "../../support/wire-messages.js";
import { MemorySocket, settled } from "../../support/wire-sockets.js";

beforeEach(resetRig);

describe("a new client", () => {
  it("gets hello and nothing else before it subscribes", () => {
    const hub = createHub();
    const socket = new MemorySocket("json");
    hub.attach(socket, "json");
    publish(hub, 3);
    hub.publishHealth(healthOf());
    hub.publishSettings(settingsOf(2));
    expect(socket.readAll()).toEqual([
      {
        op: "hello",
        protocolVersion: 1,
        channels: ["events", "particles", "preview", "health"],
        lastSeq: 0,
        ...helloState(),
      },
    ]);
  });

  it("is told the last seq, so that it can begin where hello ends", async () => {
    const hub = createHub();
    publish(hub, 5);
    const socket = new MemorySocket("msgpack");
    hub.attach(socket, "msgpack");
    publish(hub, 2);
    expect(socket.read()).toMatchObject({ op: "hello", lastSeq: 5 });
    await socket.request({ op: "subscribe", requestId: "s", channels: ["events"], resumeAfterSeq: 5 });
    expect(toldSeqs(socket.readAll())).toEqual([6, 7]);
  });

  it("is closed with 1013 when there are too many, and let in when one has gone", () => {
    const hub = createHub({ clients: 2 });
    const [first, second, third, fourth] = Array.from({ length: 4 }, () => new MemorySocket("json"));
    for (const socket of [first, second, third]) hub.attach(socket as MemorySocket, "json");
    expect(third?.closedWith?.code).toBe(CLOSE_CODES.tryAgainLater);
    first?.end();
    hub.attach(fourth as MemorySocket, "json");
    expect(fourth?.closedWith).toBeUndefined();
    expect(hub.clientCount).toBe(2);
  });
});

describe("events", () => {
  it("reach a subscriber in order, of every kind, with nothing between", async () => {
    const hub = createHub();
    const socket = await subscribed(hub, EVENTS);
    publish(hub, 1, frameEvent);
    publish(hub, 1, rejectedEvent);
    publish(hub, 1, droppedEvent);
    expect(socket.readAll()).toEqual([frameEvent(1), rejectedEvent(2), droppedEvent(3)]);
  });

  it("begin now when the subscription names no seq", async () => {
    const hub = createHub();
    publish(hub, 3);
    const socket = await subscribed(hub, EVENTS);
    publish(hub, 2);
    expect(toldSeqs(socket.readAll())).toEqual([4, 5]);
  });

  it("out of order are a defect of the publisher", () => {
    const hub = createHub();
    publish(hub, 1);
    expect(() => hub.publish(rejectedEvent(3))).toThrow(RangeError);
    expect(() => hub.publish(rejectedEvent(1))).toThrow(RangeError);
    expect(hub.lastSeq).toBe(1);
  });

  it("are encoded once for all clients of an encoding", async () => {
    const hub = createHub();
    const [first, second] = [await subscribed(hub, EVENTS), await subscribed(hub, EVENTS)];
    publish(hub, 1, frameEvent);
    expect(first.handedOver.at(-1)).toBe(second.handedOver.at(-1));
    expect(first.handedOver.at(-1)).toBeInstanceOf(Uint8Array);
  });

  it("go on without loss when the client changes its choice while it is behind", async () => {
    const hub = createHub({ bufferedBytesPerClient: 200 });
    const socket = await subscribed(hub, EVENTS);
    publish(hub, 20);
    const before = [socket.read(), socket.read()].filter((message) => message !== undefined);
    await socket.request({ op: "subscribe", requestId: "2", channels: ["events", "health"] });
    expect(toldSeqs([...before, ...socket.readAll()])).toEqual(upTo(20));
  });
});

describe("a client that reads slowly", () => {
  it("never has more waiting than its budget and one message", async () => {
    const hub = createHub({ bufferedBytesPerClient: 10_000 });
    const socket = await subscribed(hub, EVENTS);
    const largest = 4000;
    publish(hub, 500, frameEvent);
    expect(socket.mostBuffered).toBeLessThan(10_000 + largest);
    expect(toldSeqs(socket.readAll())).toEqual(upTo(500));
  });

  it("is told the gap when it has fallen out of the ring, and nothing is missing or doubled", async () => {
    const hub = createHub({ bufferedBytesPerClient: 1000, heldEvents: 50 });
    const socket = await subscribed(hub, EVENTS);
    publish(hub, 300);
    const messages = socket.readAll();
    expect(toldSeqs(messages)).toEqual(upTo(300));
    const gaps = messages.filter((message) => message.op === "gap");
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ toSeq: 250 });
  });

  it("keeps every event at exactly the ring's length and loses one past it", async () => {
    for (const [count, gaps] of [
      [50, 0],
      [51, 1],
    ] as const) {
      const hub = createHub({ heldEvents: 50 });
      publish(hub, count);
      const socket = new MemorySocket("msgpack");
      hub.attach(socket, "msgpack");
      await socket.request({ op: "subscribe", requestId: "s", channels: ["events"], resumeAfterSeq: 0 });
      const messages = socket.readAll();
      expect(toldSeqs(messages)).toEqual(upTo(count));
      expect(messages.filter(({ op }) => op === "gap")).toHaveLength(gaps);
    }
  });

  it("does not keep others waiting", async () => {
    const hub = createHub({ bufferedBytesPerClient: 1000, heldEvents: 10 });
    await subscribed(hub, EVENTS);
    const healthy = await subscribed(hub, EVENTS);
    const messages: ServerMessage[] = [];
    for (let seq = 1; seq <= 200; seq += 1) {
      publish(hub, 1, frameEvent);
      messages.push(...healthy.readAll());
    }
    expect(messages.map((message) => (message.op === "frame" ? message.seq : message.op))).toEqual(upTo(200));
  });

  it("gets the particles of the newest frame only", async () => {
    const hub = createHub({ bufferedBytesPerClient: 500 });
    const socket = await subscribed(hub, { channels: ["events", "particles"] });
    for (let seq = 1; seq <= 30; seq += 1) hub.publish(rejectedEvent(seq), { particles: particlesOf(seq) });
    const tables = socket.readAll().filter((message) => message.op === "particles");
    expect(tables.length).toBeLessThan(30);
    expect(tables.at(-1)).toEqual(particlesOf(30));
  });

  it("gets the newest health before the events it is behind", async () => {
    const hub = createHub({ bufferedBytesPerClient: 300 });
    const socket = await subscribed(hub, { channels: ["events", "health"] });
    publish(hub, 20);
    hub.publishHealth(healthOf("ok"));
    hub.publishHealth(healthOf("degraded"));
    const messages = socket.readAll();
    expect(messages.filter(({ op }) => op === "health")).toEqual([healthOf("degraded")]);
    expect(ops(messages).indexOf("health")).toBeLessThan(10);
  });
});

describe("a client that is behind the ring, where events are recorded", () => {
  /** A hub of which event `firstRecorded` and all after it can be read back, `page` at a time, when the test lets them come. */
  function recordingHub({ firstRecorded = 1, page = 8, lastSeq = 100, budget = 100_000 } = {}) {
    const reads: { readonly fromSeq: number; readonly come: (failure?: Error) => Promise<void> }[] = [];
    const past = (fromSeq: number, toSeq: number) =>
      new Promise<readonly EventMessage[]>((resolve, reject) => {
        const seqs = upTo(toSeq, Math.max(fromSeq, firstRecorded)).slice(0, page);
        const come = (failure?: Error) => {
          if (failure === undefined) resolve(seqs.map((seq) => rejectedEvent(seq)));
          else reject(failure);
          return settled();
        };
        reads.push({ fromSeq, come });
      });
    const hub = new Hub({
      hello: helloState,
      configure: async () => undefined,
      onDefect: (error) => rig.defects.push(error),
      monotonicMs: () => rig.nowMs,
      past,
      limits: { heldEvents: 10, bufferedBytesPerClient: budget },
    });
    publish(hub, lastSeq);
    return { hub, reads };
  }

  async function resumed(hub: Hub, subscription = EVENTS): Promise<MemorySocket> {
    const socket = new MemorySocket("msgpack");
    hub.attach(socket, "msgpack");
    await socket.request({ op: "subscribe", requestId: "s", resumeAfterSeq: 0, ...subscription });
    return socket;
  }

  /** Lets page after page come, as long as the client asks; gives what it read. */
  async function readOut(socket: MemorySocket, reads: { readonly come: () => Promise<void> }[]) {
    const messages = [...socket.readAll()];
    for (let read = reads.shift(); read !== undefined; read = reads.shift()) {
      await read.come();
      messages.push(...socket.readAll());
    }
    return messages;
  }

  it("gets every event from the record, then from the ring, then live: no gap, none twice", async () => {
    const { hub, reads } = recordingHub();
    const socket = await resumed(hub);
    const messages = await readOut(socket, reads);
    publish(hub, 3);
    messages.push(...socket.readAll());
    expect(toldSeqs(messages)).toEqual(upTo(103));
    expect(messages.filter(({ op }) => op === "gap")).toEqual([]);
  });

  it("is told as gap exactly what is not recorded any more", async () => {
    const { hub, reads } = recordingHub({ firstRecorded: 38 });
    const messages = await readOut(await resumed(hub), reads);
    expect(toldSeqs(messages)).toEqual(upTo(100));
    expect(messages.filter(({ op }) => op === "gap")).toEqual([{ op: "gap", fromSeq: 1, toSeq: 37 }]);
    const nothing = recordingHub({ firstRecorded: 1000 });
    const rest = await readOut(await resumed(nothing.hub), nothing.reads);
    expect(rest.filter(({ op }) => op === "gap")).toEqual([{ op: "gap", fromSeq: 1, toSeq: 90 }]);
    expect(toldSeqs(rest)).toEqual(upTo(100));
  });

  it("asks for one page at a time, the next when it has taken this one", async () => {
    const { hub, reads } = recordingHub({ budget: 1 });
    const socket = await resumed(hub);
    publish(hub, 50);
    expect([socket.read(), socket.read()].map((message) => message?.op)).toEqual(["hello", "done"]);
    await reads[0]?.come();
    for (let seq = 1; seq < 8; seq += 1) expect(socket.read()).toMatchObject({ seq });
    expect(reads.map(({ fromSeq }) => fromSeq)).toEqual([1]);
    expect(socket.read()).toMatchObject({ seq: 8 });
    expect(reads.map(({ fromSeq }) => fromSeq)).toEqual([1, 9]);
  });

  it("gets health meanwhile, but no particles before the event of their frame", async () => {
    const { hub, reads } = recordingHub({ lastSeq: 20 });
    const socket = await resumed(hub, { channels: ["events", "particles", "health"] });
    hub.publish(rejectedEvent(21), { particles: particlesOf(21) });
    hub.publishHealth(healthOf());
    expect(ops(socket.readAll())).toEqual(["hello", "done", "health"]);
    const messages = await readOut(socket, reads);
    expect(toldSeqs(messages)).toEqual(upTo(21));
    expect(messages.at(-1)).toEqual(particlesOf(21));
  });

  it("goes on from where it asks anew while a page is being read", async () => {
    const { hub, reads } = recordingHub();
    const socket = await resumed(hub);
    await socket.request({ op: "subscribe", requestId: "again", channels: ["events"], resumeAfterSeq: 49 });
    const messages = await readOut(socket, reads);
    expect(toldSeqs(messages)).toEqual(upTo(100, 50));
  });

  it("is closed, to come again, when the record cannot be read: a gap would say that the events are gone", async () => {
    const { hub, reads } = recordingHub();
    const socket = await resumed(hub);
    await reads[0]?.come(new Error("disk I/O error"));
    expect(socket.closedWith?.code).toBe(CLOSE_CODES.tryAgainLater);
    expect(socket.readAll().some(({ op }) => op === "gap")).toBe(false);
    expect(hub.clientCount).toBe(0);
  });
});

describe("resuming", () => {
  it("sends what was published since, then what comes", async () => {
    const hub = createHub();
    publish(hub, 10);
    const socket = await subscribedAfter(hub, 4);
    publish(hub, 1);
    expect(toldSeqs(socket.readAll())).toEqual(upTo(11, 5));
  });

  it("after the last seq sends only what comes", async () => {
    const hub = createHub();
    publish(hub, 10);
    const socket = await subscribedAfter(hub, 10);
    publish(hub, 1);
    expect(toldSeqs(socket.readAll())).toEqual([11]);
  });

  it("after a seq of the future is refused, with the reason", async () => {
    const hub = createHub();
    publish(hub, 10);
    const socket = await subscribedAfter(hub, 11);
    publish(hub, 1);
    expect(socket.readAll()).toMatchObject([
      { op: "hello" },
      { op: "error", requestId: "s", received: "resumeAfterSeq = 11" },
    ]);
  });

  async function subscribedAfter(hub: Hub, resumeAfterSeq: number): Promise<MemorySocket> {
    const socket = new MemorySocket("msgpack");
    hub.attach(socket, "msgpack");
    await socket.request({ op: "subscribe", requestId: "s", channels: ["events"], resumeAfterSeq });
    return socket;
  }
});
