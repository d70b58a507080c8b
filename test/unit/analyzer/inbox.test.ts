import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Inbox } from "../../../src/daemon/analyzer/inbox.js";

const frame = (number: number, settings = "a") => ({ number, settings });

function inboxOf(limit: number, waitMs: number) {
  return new Inbox<ReturnType<typeof frame>>({ limit, waitMs, nowMs: () => performance.now() });
}

/** Numbers of the next batch, and when it was given out. */
async function numbersOf(inbox: ReturnType<typeof inboxOf>) {
  const batch = await inbox.batch();
  return { numbers: batch.map(({ number }) => number), atMs: performance.now() };
}

describe("the frames that wait at the analyzer", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("are taken together up to the limit when there is a backlog, without waiting", async () => {
    const inbox = inboxOf(4, 5);
    for (const number of [1, 2, 3, 4, 5]) inbox.put(frame(number));
    expect(await numbersOf(inbox)).toEqual({ numbers: [1, 2, 3, 4], atMs: performance.now() });
  });

  it("wait for more no longer than they may, while frames come that close together", async () => {
    const inbox = inboxOf(4, 5);
    const startMs = performance.now();
    inbox.put(frame(1));
    expect((await numbersOf(inbox)).numbers).toEqual([1]);
    await vi.advanceTimersByTimeAsync(3);
    inbox.put(frame(2));
    const batch = numbersOf(inbox);
    await vi.advanceTimersByTimeAsync(2);
    inbox.put(frame(3));
    await vi.advanceTimersByTimeAsync(10);
    expect(await batch).toEqual({ numbers: [2, 3], atMs: startMs + 8 });
  });

  it("go at once when the batch is whole", async () => {
    const inbox = inboxOf(2, 100);
    const startMs = performance.now();
    inbox.put(frame(1));
    await inbox.batch();
    inbox.put(frame(2));
    const batch = numbersOf(inbox);
    await vi.advanceTimersByTimeAsync(1);
    inbox.put(frame(3));
    expect(await batch).toEqual({ numbers: [2, 3], atMs: startMs + 1 });
  });

  it("of a slow stream are never held up", async () => {
    const inbox = inboxOf(8, 5);
    for (const number of [1, 2, 3]) {
      await vi.advanceTimersByTimeAsync(50);
      inbox.put(frame(number));
      expect(await numbersOf(inbox)).toEqual({ numbers: [number], atMs: performance.now() });
    }
  });

  it("with other settings are not computed together, and nothing waits for what cannot join", async () => {
    const inbox = inboxOf(8, 100);
    for (const [number, settings] of [1, 2, 3, 4].map((n) => [n, n < 3 ? "a" : "b"] as const)) {
      inbox.put(frame(number, settings));
    }
    expect((await numbersOf(inbox)).numbers).toEqual([1, 2]);
  });

  it("come out once each and in order, in batches within the limit, whenever they come", async () => {
    const runs = fc.record({
      limit: fc.integer({ min: 1, max: 5 }),
      waitMs: fc.constantFrom(0, 1, 7),
      gapsMs: fc.array(fc.nat(10), { minLength: 1, maxLength: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ limit, waitMs, gapsMs }) => {
        const inbox = inboxOf(limit, waitMs);
        const taken: number[] = [];
        const taking = (async () => {
          while (taken.length < gapsMs.length) {
            const { numbers } = await numbersOf(inbox);
            expect(numbers.length).toBeGreaterThan(0);
            expect(numbers.length).toBeLessThanOrEqual(limit);
            taken.push(...numbers);
          }
        })();
        for (const [number, gapMs] of gapsMs.entries()) {
          await vi.advanceTimersByTimeAsync(gapMs);
          inbox.put(frame(number));
        }
        await vi.advanceTimersByTimeAsync(20);
        await taking;
        expect(taken).toEqual(gapsMs.map((_, number) => number));
      }),
      { seed: 5, numRuns: 60 },
    );
  });
});
