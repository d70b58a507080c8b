import { describe, expect, it } from "vitest";
import { believed } from "../../../src/daemon/segment/belief.js";

const scored = (...scores: readonly number[]) => scores.map((score) => ({ score }));

describe("detections", () => {
  it("are believed, faint ones too, where one of them is sure", () => {
    expect(believed(scored(0.42, 0.6, 0.41), 0.6)).toEqual(scored(0.42, 0.6, 0.41));
  });

  it("are not believed where none is sure, however many there are", () => {
    expect(believed(scored(0.59, 0.5, 0.42), 0.6)).toEqual([]);
    expect(believed([], 0.6)).toEqual([]);
  });

  it("are all believed where the model says that any will do", () => {
    expect(believed(scored(0.01), 0)).toEqual(scored(0.01));
  });
});
