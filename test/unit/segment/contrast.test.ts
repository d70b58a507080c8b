import { describe, expect, it } from "vitest";
import { contrastOf, standsOut } from "../../../src/daemon/segment/contrast.js";
import type { MaskField } from "../../../src/stream/base/detection.js";
import type { GreyImage } from "../../../src/stream/base/frame.js";

/** A square particle of 6 px at (10, 8) in a window with a margin of 1 px. */
const MASK: MaskField = {
  xPx: 9,
  yPx: 7,
  widthPx: 8,
  heightPx: 8,
  values: Float32Array.from({ length: 64 }, (_, i) => (i % 8 > 0 && i % 8 < 7 && i >= 8 && i < 56 ? 1 : 0.2)),
};

function frame(background: number, particle: number, digital = true): GreyImage {
  const level = (i: number) => {
    const [x, y] = [i % 32, Math.floor(i / 32)];
    return x >= 10 && x < 16 && y >= 8 && y < 14 ? particle : background;
  };
  const levels = Float32Array.from({ length: 32 * 24 }, (_, i) => level(i));
  return { widthPx: 32, heightPx: 24, levels: digital ? Uint8Array.from(levels) : levels };
}

describe("the contrast of a particle", () => {
  it("is its mean level less that of its surroundings, dark ones below 0", () => {
    expect(contrastOf(MASK, frame(60, 75))).toBeCloseTo(15, 10);
    expect(contrastOf(MASK, frame(200, 50))).toBeCloseTo(-150, 10);
  });

  it("looks no farther than the frame reaches", () => {
    const corner = { ...MASK, xPx: 0, yPx: 0 };
    const levels = new Uint8Array(32 * 24).fill(9);
    expect(contrastOf(corner, { widthPx: 32, heightPx: 24, levels })).toBe(0);
  });

  it("must be more than the steps of a digital grey scale", () => {
    expect(standsOut(MASK, frame(0, 1))).toBe(false);
    expect(standsOut(MASK, frame(1, 0))).toBe(false);
    expect(standsOut(MASK, frame(0, 2))).toBe(true);
    expect(standsOut(MASK, frame(2, 0))).toBe(true);
    expect(standsOut(MASK, frame(0, 0.01, false))).toBe(true);
  });
});
