import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReorderBuffer } from "../../../src/stream/flow/reorder-buffer.js";

describe("a reorder buffer", () => {
  it("releases any permutation in order, each item once", () => {
    const permutations = fc.integer({ min: 0, max: 30 }).chain((count) => {
      const all = Array.from({ length: count }, (_, index) => index + 1);
      return fc.shuffledSubarray(all, { minLength: count, maxLength: count });
    });
    fc.assert(
      fc.property(permutations, (order) => {
        const buffer = new ReorderBuffer<number>();
        const released = order.flatMap((seq) => buffer.put(seq, seq));
        expect(released).toEqual([...order].sort((a, b) => a - b));
        expect(buffer.held).toBe(0);
      }),
      { seed: 7 },
    );
  });

  it("holds back what comes after a gap", () => {
    const buffer = new ReorderBuffer<string>();
    expect(buffer.put(2, "b")).toEqual([]);
    expect(buffer.put(3, "c")).toEqual([]);
    expect(buffer.held).toBe(2);
    expect(buffer.put(1, "a")).toEqual(["a", "b", "c"]);
  });

  it("refuses a number that has come before", () => {
    const buffer = new ReorderBuffer<string>();
    buffer.put(1, "a");
    expect(() => buffer.put(1, "again")).toThrow(RangeError);
    buffer.put(3, "c");
    expect(() => buffer.put(3, "again")).toThrow(RangeError);
  });
});
