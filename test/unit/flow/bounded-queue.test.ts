import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OverflowPolicy } from "../../../src/stream/flow/bounded-queue.js";
import { BoundedQueue, OVERFLOW_POLICIES } from "../../../src/stream/flow/bounded-queue.js";

function queueOf(limit: number, policy: OverflowPolicy) {
  const dropped: number[] = [];
  return { queue: new BoundedQueue<number>({ limit, policy, onDrop: (item) => dropped.push(item) }), dropped };
}

describe("a bounded queue", () => {
  it("gives items back first in, first out", async () => {
    const { queue } = queueOf(3, "block");
    for (const item of [1, 2, 3]) await queue.push(item);
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual([1, 2, 3]);
  });

  it("with `block` makes the producer wait until there is room", async () => {
    const { queue } = queueOf(1, "block");
    await queue.push(1);
    let isIn = false;
    const second = queue.push(2).then((taken) => {
      isIn = taken;
    });
    await Promise.resolve();
    expect(isIn).toBe(false);
    expect(await queue.take()).toBe(1);
    await second;
    expect(isIn).toBe(true);
    expect(await queue.take()).toBe(2);
  });

  it("with `drop-oldest` keeps the newest and names what it dropped", async () => {
    const { queue, dropped } = queueOf(2, "drop-oldest");
    for (const item of [1, 2, 3, 4]) expect(await queue.push(item)).toBe(true);
    expect(dropped).toEqual([1, 2]);
    expect(queue.close()).toEqual([3, 4]);
  });

  it("with `drop-newest` keeps what was begun and names what it dropped", async () => {
    const { queue, dropped } = queueOf(2, "drop-newest");
    for (const item of [1, 2, 3, 4]) expect(await queue.push(item)).toBe(true);
    expect(dropped).toEqual([3, 4]);
    expect(queue.close()).toEqual([1, 2]);
  });

  it("serves a waiting consumer at once", async () => {
    const { queue } = queueOf(1, "drop-newest");
    const item = queue.take();
    await queue.push(7);
    expect(await item).toBe(7);
    expect(queue.length).toBe(0);
  });

  it("when closed lets producers and the consumer go and takes nothing in", async () => {
    const { queue } = queueOf(1, "block");
    await queue.push(1);
    const waiting = queue.push(2);
    expect(queue.close()).toEqual([1]);
    expect(await waiting).toBe(false);
    expect(await queue.push(3)).toBe(false);
    expect(await queue.take()).toBeUndefined();
  });

  it("never holds more than its limit and loses no item without naming it, whatever the order of pushes and takes", async () => {
    const runs = fc.record({
      limit: fc.integer({ min: 1, max: 4 }),
      policy: fc.constantFrom(...OVERFLOW_POLICIES),
      steps: fc.array(fc.constantFrom("push", "take"), { maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ limit, policy, steps }) => {
        const { queue, dropped } = queueOf(limit, policy);
        const taken: number[] = [];
        const pushes: Promise<boolean>[] = [];
        for (const step of steps) {
          if (step === "push") pushes.push(queue.push(pushes.length));
          else if (queue.length > 0) taken.push((await queue.take()) ?? Number.NaN);
          await new Promise((resolve) => setImmediate(resolve));
          expect(queue.length).toBeLessThanOrEqual(limit);
        }
        const left = queue.close();
        const refused = (await Promise.all(pushes)).flatMap((isIn, item) => (isIn ? [] : [item]));
        expect([...taken, ...left, ...dropped, ...refused].sort((a, b) => a - b)).toEqual(
          pushes.map((_, item) => item),
        );
        expect(taken).toEqual([...taken].sort((a, b) => a - b));
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});
