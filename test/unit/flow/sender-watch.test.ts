import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SenderWatch } from "../../../src/stream/flow/sender-watch.js";

function orderOf(numbers: readonly number[]) {
  const watch = new SenderWatch();
  for (const number of numbers) watch.see("camera", number);
  return watch.order();
}

describe("the numbers of a sender", () => {
  it.each([
    ["nothing, when there are none", [], null],
    ["a complete stream, wherever it begins", [7, 8, 9], { numbered: 3, missing: 0, late: 0, repeated: 0 }],
    ["a gap", [1, 2, 6], { numbered: 3, missing: 3, late: 0, repeated: 0 }],
    ["a frame that came late: it is no longer missing", [1, 3, 2], { numbered: 3, missing: 0, late: 1, repeated: 0 }],
    ["a stream that begins in disorder", [3, 1, 4], { numbered: 3, missing: 1, late: 1, repeated: 0 }],
    ["a number that came again", [1, 2, 2, 1], { numbered: 4, missing: 0, late: 0, repeated: 2 }],
    ["a late number that came again", [1, 4, 3, 3], { numbered: 4, missing: 1, late: 1, repeated: 1 }],
  ] as const)("tell %s", (_, numbers, order) => {
    expect(orderOf(numbers)).toEqual(order);
  });

  it("count apart for each stream of a sender", () => {
    const watch = new SenderWatch();
    for (const [stream, number] of [
      ["a", 1],
      ["b", 100],
      ["a", 2],
      ["b", 102],
    ] as const) {
      watch.see(stream, number);
    }
    expect(watch.order()).toEqual({ numbered: 4, missing: 1, late: 0, repeated: 0 });
  });

  it("are counted exactly, however they are shuffled, left out and repeated", () => {
    const sent = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(sent, (numbers) => {
        const seen = new Set(numbers);
        const span = Math.max(...numbers) - Math.min(...numbers) + 1;
        const isLate = (number: number, at: number) =>
          numbers.indexOf(number) === at && numbers.slice(0, at).some((before) => before > number);
        expect(orderOf(numbers)).toEqual({
          numbered: numbers.length,
          missing: span - seen.size,
          late: numbers.filter(isLate).length,
          repeated: numbers.length - seen.size,
        });
      }),
      { seed: 9, numRuns: 500 },
    );
  });
});
