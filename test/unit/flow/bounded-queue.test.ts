import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BoundedQueue } from "../../../src/stream/flow/bounded-queue.js";

describe("a bounded queue", () => {
  it("gives items back first in, first out", () => {
    const queue = new BoundedQueue<number>({ items: 3, bytes: 1 });
    for (const item of [1, 2, 3]) expect(queue.push(item)).toBeUndefined();
    expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([1, 2, 3, undefined]);
  });

  it("makes the producer wait until there is room", async () => {
    const queue = new BoundedQueue<number>({ items: 1, bytes: 1 });
    queue.push(1);
    let isIn = false;
    const second = queue.push(2)?.then(() => {
      isIn = true;
    });
    await Promise.resolve();
    expect([isIn, queue.length]).toEqual([false, 1]);
    expect(queue.shift()).toBe(1);
    await second;
    expect([isIn, queue.length, queue.shift()]).toEqual([true, 1, 2]);
  });

  it("is full by bytes too, and always takes one item, however large", () => {
    const queue = new BoundedQueue<number>({ items: 10, bytes: 100 }, (item) => item);
    expect(queue.push(250)).toBeUndefined();
    expect([queue.isFull, queue.bytes]).toEqual([true, 250]);
    expect(queue.push(1)).toBeInstanceOf(Promise);
    queue.shift();
    expect([queue.isFull, queue.bytes, queue.length]).toEqual([false, 1, 1]);
  });

  it("when cleared gives all back in order, and lets the producers go", async () => {
    const queue = new BoundedQueue<number>({ items: 1, bytes: 1 });
    queue.push(1);
    const waiting = [queue.push(2), queue.push(3)];
    expect(queue.clear()).toEqual([1, 2, 3]);
    await Promise.all(waiting);
    expect(queue.length).toBe(0);
  });

  it("never holds more than its limits and keeps the order, whatever the order of pushes and takes", () => {
    const runs = fc.record({
      items: fc.integer({ min: 1, max: 4 }),
      bytes: fc.integer({ min: 1, max: 40 }),
      steps: fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant("take" as const)), { maxLength: 60 }),
    });
    fc.assert(
      fc.property(runs, ({ items, bytes, steps }) => {
        const queue = new BoundedQueue<{ readonly number: number; readonly size: number }>(
          { items, bytes },
          ({ size }) => size,
        );
        const taken: number[] = [];
        let pushed = 0;
        for (const step of steps) {
          if (step === "take") taken.push(...[queue.shift()].flatMap((item) => item?.number ?? []));
          else void queue.push({ number: pushed++, size: step });
          expect(queue.length).toBeLessThanOrEqual(items);
          expect(queue.bytes).toBeLessThan(bytes + 20);
        }
        const left = queue.clear().map(({ number }) => number);
        expect([...taken, ...left]).toEqual(Array.from({ length: pushed }, (_, index) => index));
        expect(queue.bytes).toBe(0);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
