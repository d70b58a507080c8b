import { expect, it } from "vitest";
import { frameLevels } from "../../../src/daemon/analysis/frame-levels.js";

it("the levels of a frame that fits are all of it, in memory of their own", () => {
  const levels = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const filtered = Uint8Array.of(6, 5, 4, 3, 2, 1);
  const size = { widthPx: 3, heightPx: 2 };
  const out = frameLevels({ ...size, levels }, { ...size, levels: filtered });
  expect(out).toEqual({ ...size, leftPx: 0, topPx: 0, isRounded: false, rawLevels: levels, filteredLevels: filtered });
  expect(out.rawLevels.buffer).not.toBe(levels.buffer);
});

it("of a larger one they are the middle, the same of both sides", () => {
  const levels = Uint8Array.from({ length: 5 * 4 }, (_, i) => i);
  const size = { widthPx: 5, heightPx: 4 };
  const out = frameLevels({ ...size, levels }, { ...size, levels: levels.map((level) => level + 100) }, 2);
  expect(out).toMatchObject({ leftPx: 1, topPx: 1, widthPx: 2, heightPx: 2 });
  expect([...out.rawLevels]).toEqual([6, 7, 11, 12]);
  expect([...out.filteredLevels]).toEqual([106, 107, 111, 112]);
});

it("float levels are clipped and rounded, and that is said", () => {
  const image = { widthPx: 6, heightPx: 1, levels: Float32Array.of(-40, 0.49, 0.5, 254.5, 300, 1e6) };
  const out = frameLevels(image, image);
  expect(out.isRounded).toBe(true);
  expect([...out.rawLevels]).toEqual([0, 0, 1, 255, 255, 255]);
});
