import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { backoffMs } from "../../../dashboard/src/connection/backoff.js";
import type { SocketEvents } from "../../../dashboard/src/connection/connection.js";
import { Connection } from "../../../dashboard/src/connection/connection.js";
import { PROTOCOL_LIMITS } from "../../../src/stream/protocol/limits.js";
import type { ClientMessage, ServerMessage } from "../../../src/stream/protocol/messages.js";
import { frameEvent, healthOf, helloState } from "../../support/wire-messages.js";

interface OpenedSocket extends SocketEvents {
  readonly sent: ClientMessage[];
  closed: boolean;
}

function setUp() {
  const sockets: OpenedSocket[] = [];
  const received: ServerMessage[] = [];
  const connection = new Connection({
    open: (events) => {
      const socket: OpenedSocket = { ...events, sent: [], closed: false };
      sockets.push(socket);
      return {
        send: (message) => socket.sent.push(message),
        close: () => {
          socket.closed = true;
        },
      };
    },
    onMessage: (message) => received.push(message),
  });
  const last = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  };
  return { connection, sockets, received, last };
}

function hello(sessionId: string, lastSeq: number): ServerMessage {
  const channels = ["events", "particles", "preview", "health"] as const;
  return { op: "hello", protocolVersion: 1, channels: [...channels], lastSeq, ...helloState(), sessionId };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the connection", () => {
  test("subscribes after hello, to events since the state that hello gave", () => {
    const { connection, last } = setUp();
    expect(last().sent).toEqual([]);
    last().onMessage(hello("a", 17));
    expect(last().sent).toMatchObject([{ op: "subscribe", resumeAfterSeq: 17, previewKind: "raw" }]);
    expect(connection.state.get().kind).toBe("live");
    connection.close();
  });

  test("resumes after the last event it has seen when the daemon is the same", () => {
    const { connection, sockets, last } = setUp();
    last().onMessage(hello("a", 1));
    last().onMessage(frameEvent(2));
    last().onClose("gone");
    expect(connection.state.get()).toMatchObject({ kind: "waiting", reason: "gone" });
    vi.advanceTimersByTime(250);
    expect(sockets).toHaveLength(2);
    last().onMessage(hello("a", 9));
    expect(last().sent).toMatchObject([{ op: "subscribe", resumeAfterSeq: 2 }]);
    expect(connection.restarts.get()).toBe(0);
    connection.close();
  });

  test("begins anew with a daemon of another session", () => {
    const { connection, last } = setUp();
    last().onMessage(hello("a", 40));
    last().onClose("gone");
    vi.advanceTimersByTime(250);
    last().onMessage(hello("b", 3));
    expect(last().sent).toMatchObject([{ op: "subscribe", resumeAfterSeq: 3 }]);
    expect(connection.restarts.get()).toBe(1);
    connection.close();
  });

  test("gives up a socket that has fallen silent, and hears nothing more of it", () => {
    const { connection, sockets, received, last } = setUp();
    last().onMessage(hello("a", 0));
    vi.advanceTimersByTime(4_000);
    last().onMessage(healthOf());
    vi.advanceTimersByTime(4_999);
    expect(connection.state.get().kind).toBe("live");
    vi.advanceTimersByTime(1);
    expect(last().closed).toBe(true);
    expect(connection.state.get().kind).toBe("waiting");
    const before = received.length;
    sockets[0]?.onMessage(frameEvent(1));
    sockets[0]?.onClose("late");
    expect(received).toHaveLength(before);
    connection.close();
  });

  test("that was away for longer than events are held begins at the greeting, which has the history", () => {
    const { connection, last } = setUp();
    last().onMessage(hello("a", 10));
    last().onClose("asleep");
    connection.retry();
    last().onMessage(hello("a", 10 + PROTOCOL_LIMITS.heldEvents));
    expect(last().sent).toMatchObject([{ op: "subscribe", resumeAfterSeq: 10 }]);
    last().onClose("asleep");
    connection.retry();
    last().onMessage(hello("a", 11 + PROTOCOL_LIMITS.heldEvents));
    expect(last().sent).toMatchObject([{ op: "subscribe", resumeAfterSeq: 11 + PROTOCOL_LIMITS.heldEvents }]);
    connection.close();
  });

  test("asks for another picture, and for numbers only while nobody looks", () => {
    const { connection, last } = setUp();
    connection.wanted.set({ previewKind: "filtered", visible: true });
    expect(last().sent).toEqual([]);
    last().onMessage(hello("a", 0));
    connection.wanted.set({ previewKind: "filtered", visible: false });
    expect(last().sent).toMatchObject([
      { previewKind: "filtered", channels: ["events", "particles", "preview", "health"] },
      { previewKind: "filtered", channels: ["events", "health"] },
    ]);
    connection.close();
  });

  test("settles each request by its answer, and as lost when the connection ends first", async () => {
    const { connection, last } = setUp();
    await expect(connection.configure({ nlmH: 3 })).resolves.toEqual({ kind: "lost" });
    last().onMessage(hello("a", 0));
    const answers = [4, 5, 6].map((nlmH) => connection.configure({ nlmH }));
    const ids = last()
      .sent.slice(1)
      .map(({ requestId }) => requestId);
    last().onMessage({ op: "done", requestId: ids[1] ?? "" });
    const refusal = { tag: "Refused", received: "4", expected: "more", remedy: "Try 9." };
    last().onMessage({ op: "error", requestId: ids[0] ?? "", ...refusal });
    last().onMessage({ op: "error", requestId: null, ...refusal });
    last().onClose("gone");
    await expect(Promise.all(answers)).resolves.toEqual([
      { kind: "refused", received: "4", expected: "more", remedy: "Try 9." },
      { kind: "done" },
      { kind: "lost" },
    ]);
    connection.close();
  });

  test("tries again at once when asked to, and never after it was closed", () => {
    const { connection, sockets, last } = setUp();
    last().onClose("gone");
    connection.retry();
    connection.retry();
    expect(sockets).toHaveLength(2);
    connection.close();
    last().onClose("closed");
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(2);
  });
});

describe("the wait before the next attempt", () => {
  test("doubles from 250 ms to 5 s and is shortened by up to a quarter", () => {
    expect([1, 2, 3, 5, 6, 50].map((attempt) => backoffMs(attempt, 0))).toEqual([250, 500, 1_000, 4_000, 5_000, 5_000]);
    expect(backoffMs(1, 1)).toBe(187.5);
  });
});
