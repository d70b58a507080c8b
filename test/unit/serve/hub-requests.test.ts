/** What a hub does that is no event: channels, pictures, requests, floods, the end. */
import { beforeEach, describe, expect, it } from "vitest";
import { CLOSE_CODES } from "../../../src/stream/protocol/limits.js";
import { ProtocolError } from "../../../src/stream/protocol/protocol-error.js";
import type { SettingsPatch } from "../../../src/stream/protocol/settings.js";
import type { Hub } from "../../../src/stream/serve/hub.js";
import { createHub, EVENTS, ops, publish, resetRig, rig, type Subscription, subscribed } from "../../support/hub.js";
import { frameEvent, healthOf, particlesOf, previewOf, settingsOf } from "../../support/wire-messages.js";
import { MemorySocket, settled } from "../../support/wire-sockets.js";

beforeEach(resetRig);

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
    for (; rig.nowMs < untilMs; rig.nowMs += stepMs) {
      const wanted = hub.wantedPreviews();
      if (wanted.length > 0) askedAtMs.push(rig.nowMs);
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
    rig.nowMs = 500;
    expect(hub.wantedPreviews()).toEqual([]);
    socket.readAll();
    expect(hub.wantedPreviews()).toEqual(["raw"]);
  });
});

describe("requests", () => {
  it("to configure go to the handler, whole and one after the other, and are answered in order", async () => {
    const seen: SettingsPatch[] = [];
    const release: (() => void)[] = [];
    rig.configure = (patch) => {
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
    rig.configure = () => Promise.reject(new ProtocolError("invalid", report));
    const socket = await subscribed(createHub(), EVENTS);
    await socket.request({ op: "configure", requestId: "1", settings: {} });
    expect(socket.readAll()).toEqual([{ op: "error", requestId: "1", tag: "Protocol", ...report }]);
  });

  it("that hit a defect are answered, and the defect is reported", async () => {
    const defect = new TypeError("x is not a function");
    rig.configure = () => Promise.reject(defect);
    const socket = await subscribed(createHub(), EVENTS);
    await socket.request({ op: "configure", requestId: "1", settings: {} });
    expect(socket.readAll()).toMatchObject([{ op: "error", requestId: "1", tag: "Internal" }]);
    expect(rig.defects).toEqual([defect]);
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
      rig.nowMs += 100;
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
      rig.nowMs += 1;
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
