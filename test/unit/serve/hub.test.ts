import { beforeEach, describe, expect, it } from "vitest";
import { CLOSE_CODES } from "../../../src/stream/protocol/limits.js";
import type { ClientMessage, EventMessage, ServerMessage } from "../../../src/stream/protocol/messages.js";
import { ProtocolError } from "../../../src/stream/protocol/protocol-error.js";
import type { SettingsPatch } from "../../../src/stream/protocol/settings.js";
import type { HubLimits } from "../../../src/stream/serve/hub.js";
import { Hub } from "../../../src/stream/serve/hub.js";
import {
  droppedEvent,
  frameEvent,
  healthOf,
  helloState,
  particlesOf,
  previewOf,
  rejectedEvent,
  settingsOf,
} from "../../support/wire-messages.js";
import { MemorySocket, settled } from "../../support/wire-sockets.js";

let nowMs = 0;
let defects: unknown[] = [];
let configure: (patch: SettingsPatch) => Promise<void> = async () => undefined;

beforeEach(() => {
  nowMs = 0;
  defects = [];
  configure = async () => undefined;
});

function createHub(limits: Partial<HubLimits> = {}): Hub {
  return new Hub({
    hello: helloState,
    configure: (patch) => configure(patch),
    onDefect: (error) => defects.push(error),
    monotonicMs: () => nowMs,
    limits,
  });
}

type Subscription = Omit<Extract<ClientMessage, { op: "subscribe" }>, "op" | "requestId">;

/** A client that has read `hello` and the answer to its subscription. */
async function subscribed(hub: Hub, subscription: Subscription): Promise<MemorySocket> {
  const socket = new MemorySocket("msgpack");
  hub.attach(socket, "msgpack");
  await socket.request({ op: "subscribe", requestId: "s", ...subscription });
  expect(
    socket
      .readAll()
      .map(({ op }) => op)
      .slice(0, 2),
  ).toEqual(["hello", "done"]);
  return socket;
}

const EVENTS: Subscription = { channels: ["events"] };

function publish(hub: Hub, count: number, event: (seq: number) => EventMessage = rejectedEvent): void {
  for (let index = 0; index < count; index += 1) hub.publish(event(hub.lastSeq + 1));
}

const ops = (messages: readonly ServerMessage[]) => messages.map(({ op }) => op);

/** Every seq that was told, as event or within a gap. */
function toldSeqs(messages: readonly ServerMessage[]): readonly number[] {
  return messages.flatMap((message) => {
    if (message.op === "gap") {
      return Array.from({ length: message.toSeq - message.fromSeq + 1 }, (_, index) => message.fromSeq + index);
    }
    return message.op === "frame" || message.op === "rejected" || message.op === "dropped" ? [message.seq] : [];
  });
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

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
      onDefect: (error) => defects.push(error),
      monotonicMs: () => nowMs,
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

describe("channels", () => {
  it("are what a client receives, and no other", async () => {
    const hub = createHub();
    const health = await subscribed(hub, { channels: ["health"] });
    const particles = await subscribed(hub, { channels: ["particles"] });
    hub.wantedPreviews();
    hub.publish(frameEvent(1), { particles: particlesOf(1), previews: [previewOf(1)] });
    hub.publishHealth(healthOf());
    expect(ops(health.readAll())).toEqual(["health"]);
    expect(particles.readAll()).toEqual([particlesOf(1)]);
  });

  it("come as event, particles, picture for a frame", async () => {
    const hub = createHub();
    const socket = await subscribed(hub, { channels: ["preview", "particles", "events"] });
    hub.wantedPreviews();
    hub.publish(frameEvent(1), { particles: particlesOf(1), previews: [previewOf(1)] });
    expect(ops(socket.readAll())).toEqual(["frame", "particles", "preview"]);
  });

  it("are replaced by the next subscription", async () => {
    const hub = createHub();
    const socket = await subscribed(hub, { channels: ["events", "health"] });
    await socket.request({ op: "subscribe", requestId: "2", channels: [] });
    socket.readAll();
    publish(hub, 1);
    hub.publishHealth(healthOf());
    expect(socket.readAll()).toEqual([]);
  });

  it("settings reach every subscriber, before the frames they apply to", async () => {
    const hub = createHub();
    const socket = await subscribed(hub, EVENTS);
    hub.publishSettings(settingsOf(2, 1));
    publish(hub, 1, frameEvent);
    expect(socket.readAll()).toEqual([settingsOf(2, 1), frameEvent(1)]);
  });
});

describe("pictures", () => {
  const WATCHING: Subscription = { channels: ["preview"], previewIntervalMs: 100 };

  /** Frames every `stepMs` until `untilMs`, each with the pictures that were asked for. Gives the times of asking. */
  function play(hub: Hub, stepMs: number, untilMs: number): readonly number[] {
    const askedAtMs: number[] = [];
    for (; nowMs < untilMs; nowMs += stepMs) {
      const wanted = hub.wantedPreviews();
      if (wanted.length > 0) askedAtMs.push(nowMs);
      hub.publish(frameEvent(hub.lastSeq + 1), { previews: wanted.map((kind) => previewOf(hub.lastSeq + 1, kind)) });
    }
    return askedAtMs;
  }

  it("are made once a second when nobody is looking, so that whoever comes sees one at once", async () => {
    const hub = createHub();
    expect(play(hub, 100, 3000)).toEqual([0, 1000, 2000]);
    const socket = new MemorySocket("msgpack");
    hub.attach(socket, "msgpack");
    await socket.request({ op: "subscribe", requestId: "s", ...WATCHING });
    expect(socket.readAll().at(-1)).toEqual(previewOf(21));
  });

  it("are asked for and sent at the client's own rate", async () => {
    const hub = createHub();
    const socket = await subscribed(hub, WATCHING);
    const asked = play(hub, 30, 3000);
    expect(asked.length).toBe(30);
    expect(socket.readAll()).toHaveLength(30);
  });

  it("of one client's rate are not sent to a slower one", async () => {
    const hub = createHub();
    const fast = await subscribed(hub, { channels: ["preview"], previewIntervalMs: 50 });
    const slow = await subscribed(hub, { channels: ["preview"], previewIntervalMs: 1000 });
    play(hub, 10, 3000);
    expect(fast.readAll()).toHaveLength(60);
    expect(slow.readAll()).toHaveLength(3);
  });

  it("are of the kind that was chosen", async () => {
    const hub = createHub();
    const filtered = await subscribed(hub, { channels: ["preview"], previewKind: "filtered" });
    play(hub, 100, 500);
    const kinds = filtered.readAll().map((message) => (message.op === "preview" ? message.kind : message.op));
    expect(new Set(kinds)).toEqual(new Set(["filtered"]));
  });

  it("are not asked for by a client that has no room", async () => {
    const hub = createHub({ bufferedBytesPerClient: 5000 });
    const socket = await subscribed(hub, { channels: ["events", "preview"], previewIntervalMs: 33 });
    publish(hub, 10, frameEvent);
    expect(hub.wantedPreviews()).toEqual(["raw", "filtered"]);
    nowMs = 500;
    expect(hub.wantedPreviews()).toEqual([]);
    socket.readAll();
    expect(hub.wantedPreviews()).toEqual(["raw"]);
  });
});

describe("requests", () => {
  it("to configure go to the handler, whole and one after the other, and are answered in order", async () => {
    const seen: SettingsPatch[] = [];
    const release: (() => void)[] = [];
    configure = (patch) => {
      seen.push(patch);
      return new Promise((resolve) => release.push(resolve));
    };
    const hub = createHub();
    const socket = await subscribed(hub, EVENTS);
    await socket.request({ op: "configure", requestId: "1", settings: { nlmH: 5 } });
    await socket.request({ op: "configure", requestId: "2", settings: { nlmH: 6 } });
    expect(seen).toEqual([{ nlmH: 5 }]);
    expect(socket.readAll()).toEqual([]);
    release.shift()?.();
    await settled();
    release.shift()?.();
    await settled();
    expect(seen).toEqual([{ nlmH: 5 }, { nlmH: 6 }]);
    expect(socket.readAll()).toEqual([
      { op: "done", requestId: "1" },
      { op: "done", requestId: "2" },
    ]);
  });

  it("that the daemon refuses are answered with its error", async () => {
    const report = { received: "a", expected: "b", remedy: "c" };
    configure = () => Promise.reject(new ProtocolError("invalid", report));
    const socket = await subscribed(createHub(), EVENTS);
    await socket.request({ op: "configure", requestId: "1", settings: {} });
    expect(socket.readAll()).toEqual([{ op: "error", requestId: "1", tag: "Protocol", ...report }]);
  });

  it("that hit a defect are answered, and the defect is reported", async () => {
    const defect = new TypeError("x is not a function");
    configure = () => Promise.reject(defect);
    const socket = await subscribed(createHub(), EVENTS);
    await socket.request({ op: "configure", requestId: "1", settings: {} });
    expect(socket.readAll()).toMatchObject([{ op: "error", requestId: "1", tag: "Internal" }]);
    expect(defects).toEqual([defect]);
  });

  it("that cannot be read are answered, and the stream goes on", async () => {
    const hub = createHub();
    const socket = await subscribed(hub, EVENTS);
    socket.receive(Uint8Array.of(0xc1));
    await settled();
    publish(hub, 1);
    expect(ops(socket.readAll())).toEqual(["error", "rejected"]);
  });
});

describe("a flood", () => {
  const message = () => Uint8Array.of(0xc1);

  it("past the burst is answered once and closed with 1008", async () => {
    const hub = createHub({ clientMessageBurst: 20, clientMessagesPerSecond: 10 });
    const socket = await subscribed(hub, EVENTS);
    for (let count = 0; count < 19; count += 1) socket.receive(message());
    await settled();
    expect(socket.closedWith).toBeUndefined();
    expect(socket.readAll()).toHaveLength(19);
    for (let count = 0; count < 100; count += 1) socket.receive(message());
    await settled();
    expect(socket.closedWith?.code).toBe(CLOSE_CODES.policyViolation);
    expect(socket.readAll()).toMatchObject([{ op: "error", tag: "TooManyMessages" }]);
    expect(hub.clientCount).toBe(0);
  });

  it("is not what comes at the permitted rate", async () => {
    const hub = createHub({ clientMessageBurst: 5, clientMessagesPerSecond: 10 });
    const socket = await subscribed(hub, EVENTS);
    for (let count = 0; count < 100; count += 1) {
      nowMs += 100;
      socket.receive(message());
      await settled();
      socket.readAll();
    }
    expect(socket.closedWith).toBeUndefined();
  });

  it("of requests whose answers are not read is closed with 1008", async () => {
    const hub = createHub({ openRequests: 10, bufferedBytesPerClient: 500, clientMessagesPerSecond: 1e6 });
    const socket = await subscribed(hub, EVENTS);
    for (let count = 0; count < 100; count += 1) {
      nowMs += 1;
      await socket.request({ op: "subscribe", requestId: `${count}`, channels: [] });
    }
    expect(socket.closedWith?.code).toBe(CLOSE_CODES.policyViolation);
  });
});

describe("closing", () => {
  it("tells every client 1001 and takes no more", async () => {
    const hub = createHub();
    const [first, late] = [await subscribed(hub, EVENTS), new MemorySocket("json")];
    hub.close();
    hub.close();
    hub.attach(late, "json");
    expect(first.closedWith?.code).toBe(CLOSE_CODES.goingAway);
    expect(late.closedWith?.code).toBe(CLOSE_CODES.goingAway);
    publish(hub, 1);
    expect(first.readAll()).toEqual([]);
  });
});
