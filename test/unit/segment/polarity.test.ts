import { describe, expect, it } from "vitest";
import { particlePolarity } from "../../../src/daemon/segment/polarity.js";
import { hasUnevenSupport } from "../../../src/daemon/segment/support.js";
import { discFrame, discGrid, inverted } from "../../support/segment.js";

const frames = {
  "many small": discFrame({ widthPx: 512, heightPx: 512, discs: discGrid(20, 20, 25, 10) }),
  "few large": discFrame({ widthPx: 512, heightPx: 512, discs: discGrid(2, 2, 250, 120) }),
  "two fifths covered": discFrame({ widthPx: 300, heightPx: 300, discs: discGrid(5, 5, 60, 43) }),
  noisy: discFrame({ widthPx: 512, heightPx: 512, discs: discGrid(5, 5, 100, 50), particle: 90, noise: 40 }),
  "on a slope": sloping(discFrame({ widthPx: 512, heightPx: 400, discs: discGrid(5, 4, 100, 40) })),
  tiny: discFrame({ widthPx: 40, heightPx: 30, discs: [{ x: 20, y: 15, diameter: 10 }] }),
};

function sloping(image: ReturnType<typeof discFrame>) {
  const levels = Float32Array.from(image.levels, (level, i) => level + (60 * (i % image.widthPx)) / image.widthPx);
  return { ...image, levels };
}

describe("particlePolarity", () => {
  it.each(Object.entries(frames))("sees that particles are bright, and dark in the inverted frame: %s", (_, frame) => {
    expect(particlePolarity(frame, "auto")).toBe("bright");
    expect(particlePolarity(inverted(frame), "auto")).toBe("dark");
  });

  it("takes a flat frame for bright", () => {
    const flat = { widthPx: 64, heightPx: 64, levels: new Uint8Array(4096).fill(100) };
    expect(particlePolarity(flat, "auto")).toBe("bright");
  });

  it("does as it is told", () => {
    expect(particlePolarity(frames["few large"], "dark")).toBe("dark");
    expect(particlePolarity(inverted(frames["few large"]), "bright")).toBe("bright");
  });
});

describe("hasUnevenSupport", () => {
  it("is false on even backgrounds, however large the particles", () => {
    for (const name of ["many small", "few large", "two fifths covered", "noisy"] as const) {
      expect([name, hasUnevenSupport(frames[name])]).toEqual([name, false]);
    }
  });

  it("is true where the background has more contrast than the particles", () => {
    const frame = discFrame({ widthPx: 512, heightPx: 512, discs: discGrid(16, 16, 32, 10), particle: 80 });
    const levels = Float32Array.from(frame.levels, (level, i) => {
      const [x, y] = [(i % 512) / 512, Math.floor(i / 512) / 512];
      return level + 50 * Math.sin(7 * x + 2) * Math.cos(5 * y + 1);
    });
    expect(hasUnevenSupport({ ...frame, levels })).toBe(true);
  });
});
