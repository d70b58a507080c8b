import { describe, expect, test } from "vitest";
import { numberFrom } from "../../../dashboard/src/controls/number-text.js";
import {
  age,
  axisNumber,
  countText,
  duration,
  memory,
  numberDensity,
  percent,
  quantityText,
  significant,
  sourceName,
} from "../../../dashboard/src/format/quantity.js";
import { freshness } from "../../../dashboard/src/state/staleness.js";

describe("figures", () => {
  test.each([
    [7.7777, "7.78"],
    [12.5, "12.5"],
    [0.04321, "0.0432"],
    [123.4, "123"],
    [99.96, "100.0"],
    [12345.6, "12\u202f346"],
    [-1.5, "−1.50"],
    [0, "0"],
    [null, "–"],
    [Number.NaN, "–"],
  ])("%d has three significant digits and no exponent: %s", (value, text) => {
    expect(significant(value)).toBe(text);
  });

  test("whole numbers are grouped by thin spaces", () => {
    expect([0, 999, 1_000, 1_234_567].map(countText)).toEqual(["0", "999", "1\u202f000", "1\u202f234\u202f567"]);
  });

  test("axis labels have the digits they need", () => {
    expect([2.5, 12.5, 0.30000000000000004, -5, 100].map(axisNumber)).toEqual(["2.5", "12.5", "0.3", "−5", "100"]);
  });

  test("carry their units", () => {
    expect(numberDensity(2.7e-3, "nm")).toEqual({ text: "2\u202f700", unit: "/ µm²" });
    expect(numberDensity(1e-4, "px")).toEqual({ text: "100", unit: "/ Mpx" });
    expect(quantityText(percent(0.2114))).toBe("21.1\u00a0%");
    expect([40.4, 1_500, 180_000, 9_000_000].map((ms) => quantityText(duration(ms)))).toEqual([
      "40\u00a0ms",
      "1.5\u00a0s",
      "3\u00a0min",
      "2.5\u00a0h",
    ]);
    expect(age(340)).toEqual({ text: "0.3", unit: "s" });
    expect([4.2e8, 1.25e9].map((bytes) => quantityText(memory(bytes)))).toEqual(["420\u00a0MB", "1.25\u00a0GB"]);
    expect(sourceName("folder:/data/run-7")).toBe("/data/run-7");
  });
});

describe("a typed number", () => {
  test("may have a decimal comma; nothing is `null` only where that is allowed", () => {
    expect(numberFrom(" 0,42 ", false)).toBe(0.42);
    expect(numberFrom("", true)).toBeNull();
    expect(numberFrom("", false)).toBeUndefined();
    expect(numberFrom("1e999", false)).toBeUndefined();
    expect(numberFrom("12 px", false)).toBeUndefined();
  });
});

describe("the age of data", () => {
  test("is judged by the usual interval of the microscope, not only by the clock", () => {
    expect([1_999, 2_001, 10_001].map((ageMs) => freshness(ageMs, 40))).toEqual(["fresh", "late", "stale"]);
    expect([14_000, 16_000, 41_000].map((ageMs) => freshness(ageMs, 5_000))).toEqual(["fresh", "late", "stale"]);
    expect(freshness(3_000, null)).toBe("late");
  });
});
