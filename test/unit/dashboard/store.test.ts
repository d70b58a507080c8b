import { describe, expect, test } from "vitest";
import { createCell } from "../../../dashboard/src/state/cell.js";
import { createSelection, follow, pick } from "../../../dashboard/src/state/selection.js";
import { createShown } from "../../../dashboard/src/state/shown.js";
import type { FrameParticles } from "../../../dashboard/src/state/store.js";
import { healthNotes, Store, totalAccount } from "../../../dashboard/src/state/store.js";
import { isConserved } from "../../../src/stream/base/accounting.js";
import { createParticleTable } from "../../../src/stream/base/particles.js";
import { historyPoint } from "../../../src/stream/protocol/history.js";
import type { HelloMessage } from "../../../src/stream/protocol/messages.js";
import {
  frameEvent,
  healthOf,
  helloState,
  particlesOf,
  previewOf,
  rejectedEvent,
  settingsOf,
} from "../../support/wire-messages.js";

function helloOf(sessionId: string, frames: readonly number[] = []): HelloMessage {
  const events = frames.map(frameEvent);
  return {
    op: "hello",
    protocolVersion: 1,
    channels: ["events", "particles", "preview", "health"],
    lastSeq: frames.at(-1) ?? 0,
    ...helloState(),
    sessionId,
    history: events.map(historyPoint),
    lastFrame: events.at(-1) ?? null,
  };
}

describe("the store", () => {
  test("shows the last frame of hello, as old as the daemon says it is whatever the clocks", () => {
    const store = new Store();
    const hello = helloOf("a", [1, 2, 3]);
    const committedAtMs = hello.lastFrame?.committedAtMs ?? 0;
    store.apply({ ...hello, health: { ...healthOf(), atMs: committedAtMs + 700 } }, 5_000);
    expect(store.frame.get()?.message.seq).toBe(3);
    expect(store.frame.get()?.committedAtLocalMs).toBe(4_300);
    expect(store.history.length).toBe(3);
  });

  test("keeps the run over a reconnection and forgets it when the daemon was restarted", () => {
    const store = new Store();
    store.apply(helloOf("a", [1, 2]), 0);
    store.apply(frameEvent(3), 1);
    store.apply(helloOf("a", [2, 3]), 2);
    expect(store.history.points.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    store.apply(helloOf("b"), 3);
    expect(store.frame.get()).toBeNull();
    expect(store.history.length).toBe(0);
  });

  test("begins its charts anew with a run, and leaves frames of the run before that were under way out of them", () => {
    const store = new Store();
    const run = { runId: 1, name: "run-1", notes: "", startedAtMs: 0, endedAtMs: null, firstSeq: 1, lastSeq: null };
    store.apply({ ...helloOf("a", [1, 2]), run }, 0);
    store.apply({ op: "run", run: null }, 1);
    expect(store.history.length).toBe(2);
    store.apply({ op: "run", run: { ...run, runId: 2, name: "heating", firstSeq: 4 } }, 2);
    for (const seq of [3, 4, 5]) store.apply(frameEvent(seq), seq);
    expect(store.history.points.map(({ seq }) => seq)).toEqual([4, 5]);
    expect(store.frame.get()?.message.seq).toBe(5);
    expect(store.run.get()?.name).toBe("heating");
  });

  test("opens a past run beside the present one", () => {
    const store = new Store();
    store.apply(helloOf("a", [7, 8]), 0);
    const run = { runId: 1, name: "run-1", notes: "", startedAtMs: 0, endedAtMs: 9, firstSeq: 1, lastSeq: 3 };
    const entry = { ...run, committed: 3, rejected: 0, dropped: 0, particles: 9 };
    const history = [1, 2, 3].map((seq) => historyPoint(frameEvent(seq)));
    const none = { lastFrame: null, particles: null, rejections: [], settingsHistory: [] };
    store.apply({ op: "runs", requestId: "1", runs: [entry] }, 1);
    store.apply({ op: "runHistory", requestId: "2", run: entry, history, ...none }, 2);
    expect(store.past.get()?.history.points.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(store.history.points.map(({ seq }) => seq)).toEqual([7, 8]);
    store.apply(helloOf("b"), 3);
    expect([store.past.get(), store.runs.get()]).toEqual([null, []]);
  });

  test("ignores a frame that is not newer than the last", () => {
    const store = new Store();
    store.apply(frameEvent(5), 1);
    store.apply(frameEvent(5), 2);
    store.apply(frameEvent(4), 3);
    expect(store.frame.get()?.message.seq).toBe(5);
    expect(store.frame.get()?.committedAtLocalMs).toBe(1);
  });

  test("joins a picture with the table of its own frame, whichever comes first", () => {
    const store = new Store();
    store.apply(particlesOf(1, 1), 0);
    store.apply(particlesOf(2, 2), 0);
    store.apply(previewOf(1), 0);
    expect(store.scene.get()?.table?.id.length).toBe(1);
    store.apply(previewOf(3), 0);
    expect(store.scene.get()?.table).toBeNull();
    store.apply(particlesOf(3, 4), 0);
    expect(store.scene.get()?.table?.id.length).toBe(4);
  });

  test("remembers the last rejection of each reason, the newest first", () => {
    const store = new Store();
    store.apply({ ...rejectedEvent(1), label: "a" }, 0);
    store.apply({ ...rejectedEvent(2), reason: "corrupt", label: "b" }, 0);
    store.apply({ ...rejectedEvent(3), label: "c" }, 0);
    expect(store.rejections.get().map(({ reason, label }) => [reason, label])).toEqual([
      ["empty", "c"],
      ["corrupt", "b"],
    ]);
  });

  test("counts the events of a gap", () => {
    const store = new Store();
    store.apply({ op: "gap", fromSeq: 4, toSeq: 9 }, 0);
    expect(store.missedEvents.get()).toBe(6);
    store.apply(settingsOf(7), 0);
    expect(store.settings.get()?.settingsId).toBe(7);
  });

  test("adds the accounts of all sources, and their complaints", () => {
    const [source] = healthOf().sources;
    if (source === undefined) throw new Error("a health without sources");
    const degraded = { ...source, state: "degraded" as const, name: "folder:/b", detail: "polling" };
    const health = { ...healthOf("degraded"), sources: [source, degraded], notes: ["No GPU."] };
    expect(totalAccount(health)).toMatchObject({ seen: 6, committed: 2, rejected: { empty: 2 }, inFlight: 0 });
    expect(isConserved(totalAccount(health))).toBe(true);
    expect(healthNotes(health)).toEqual(["No GPU.", "folder:/b: polling"]);
  });
});

describe("what is shown", () => {
  test("stands still while it is held, and is the latest again afterwards", () => {
    const store = new Store();
    const shown = createShown(store);
    store.apply(previewOf(1), 0);
    shown.held.set(true);
    store.apply(previewOf(2), 0);
    expect(shown.scene.get()?.preview.seq).toBe(1);
    shown.held.set(false);
    expect(shown.scene.get()?.preview.seq).toBe(2);
  });

  test("ends a hold with the run it belongs to", () => {
    const store = new Store();
    const shown = createShown(store);
    store.apply(helloOf("a"), 0);
    store.apply(previewOf(1), 0);
    shown.held.set(true);
    store.apply(helloOf("b"), 0);
    expect(shown.held.get()).toBe(false);
    expect(shown.scene.get()).toBeNull();
  });
});

describe("a picked particle", () => {
  function tableAt(...places: readonly (readonly [x: number, y: number])[]): FrameParticles["table"] {
    const table = createParticleTable(places.length);
    places.forEach(([x, y], row) => {
      table.id[row] = row + 1;
      table.centroidXPx[row] = x;
      table.centroidYPx[row] = y;
      table.ecdPx[row] = 8;
    });
    return table;
  }

  test("is followed to the nearest centroid within its radius, whatever its number", () => {
    const picked = pick(tableAt([10, 10]), 0);
    if (picked === null) throw new Error("no particle to pick");
    expect(follow(picked, tableAt([90, 90], [13, 10], [11, 10]))?.index).toBe(2);
    expect(follow(picked, tableAt([14.1, 10]))).toBeNull();
    expect(follow(picked, tableAt())).toBeNull();
    expect(pick(tableAt(), 0)).toBeNull();
  });

  test("is given up when there is nothing left to show", () => {
    const particles = createCell<FrameParticles | null>({ seq: 1, pixelSizeNm: null, table: tableAt([10, 10]) });
    const selection = createSelection(particles);
    selection.marked.set(pick(tableAt([10, 10]), 0));
    particles.set({ seq: 2, pixelSizeNm: null, table: tableAt([50, 50], [11, 11]) });
    expect(selection.marked.get()?.index).toBe(1);
    particles.set(null);
    expect(selection.marked.get()).toBeNull();
  });
});
