/**
 * A hub without a daemon, its clock and its clients, for tests.
 *
 * @module
 */
import { expect } from "vitest";
import type { ClientMessage, EventMessage, ServerMessage } from "../../src/stream/protocol/messages.js";
import type { SettingsPatch } from "../../src/stream/protocol/settings.js";
import type { HubLimits } from "../../src/stream/serve/hub.js";
import { Hub } from "../../src/stream/serve/hub.js";
import { helloState, rejectedEvent } from "./wire-messages.js";
import { MemorySocket } from "./wire-sockets.js";

/** What a hub that {@link createHub} makes is given; a test sets it, {@link resetRig} puts it back. */
export const rig = {
  nowMs: 0,
  defects: [] as unknown[],
  configure: async (_patch: SettingsPatch): Promise<void> => undefined,
};

/** To be called before each test. */
export function resetRig(): void {
  rig.nowMs = 0;
  rig.defects = [];
  rig.configure = async () => undefined;
}

export function createHub(limits: Partial<HubLimits> = {}): Hub {
  return new Hub({
    hello: helloState,
    configure: (patch) => rig.configure(patch),
    onDefect: (error) => rig.defects.push(error),
    monotonicMs: () => rig.nowMs,
    limits,
  });
}

export type Subscription = Omit<Extract<ClientMessage, { op: "subscribe" }>, "op" | "requestId">;

/** A client that has read `hello` and the answer to its subscription. */
export async function subscribed(hub: Hub, subscription: Subscription): Promise<MemorySocket> {
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

export const EVENTS: Subscription = { channels: ["events"] };

export function publish(hub: Hub, count: number, event: (seq: number) => EventMessage = rejectedEvent): void {
  for (let index = 0; index < count; index += 1) hub.publish(event(hub.lastSeq + 1));
}

/** Every seq that was told, as event or within a gap. */
export function toldSeqs(messages: readonly ServerMessage[]): readonly number[] {
  return messages.flatMap((message) => {
    if (message.op === "gap") {
      return Array.from({ length: message.toSeq - message.fromSeq + 1 }, (_, index) => message.fromSeq + index);
    }
    return message.op === "frame" || message.op === "rejected" || message.op === "dropped" ? [message.seq] : [];
  });
}

export const ops = (messages: readonly ServerMessage[]) => messages.map(({ op }) => op);

export const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
