import fc from "fast-check";
import { expect, test } from "vitest";
import { intensityHistogram } from "../../../src/daemon/analysis/intensity.js";
import { skewnessOf } from "../../../src/daemon/segment/polarity.js";
import { runsOf } from "../../../src/daemon/segment/runs.js";
import { LevelKernels } from "../../../src/shaders/cpu/level-kernels.js";
import type { GreyImage } from "../../../src/stream/base/frame.js";
import { TEST_CONTENTS, testFrame } from "../../support/test-frames.js";

const kernels = await LevelKernels.load();
const seeded = { seed: 20_241, numRuns: 200 } as const;

/** Any frame: widths on either side of the 64 pixels that a kernel looks at together. */
const frames = fc
  .record({
    content: fc.constantFrom(...TEST_CONTENTS),
    seed: fc.nat(1000),
    width: fc.integer({ min: 1, max: 200 }),
    height: fc.integer({ min: 1, max: 40 }),
  })
  .map((spec) => testFrame(spec));

/** Levels between and at those of bytes, and beyond them. */
const zeros = fc.oneof(fc.integer({ min: -1, max: 257 }), fc.double({ min: -2, max: 258, noNaN: true }));

function plainRuns({ widthPx, heightPx, levels }: GreyImage, zero: number, isBright: boolean) {
  const values = Uint8Array.from(levels, (level) => (level >= zero === isBright ? 1 : 0));
  return runsOf({ widthPx, heightPx, values });
}

test("counts of bytes equal the plain histogram's", () => {
  fc.assert(
    fc.property(frames, ({ levels }) => {
      if (!(levels instanceof Uint8Array)) throw new TypeError("a test frame of bytes");
      expect(kernels.histogram(levels)).toEqual(intensityHistogram(levels));
    }),
    seeded,
  );
});

test("runs of bytes equal the plain ones, whatever the level and side", () => {
  fc.assert(
    fc.property(frames, zeros, fc.boolean(), (image, zero, isBright) => {
      expect(kernels.runs(image, { zero, isBright })).toEqual(plainRuns(image, zero, isBright));
    }),
    seeded,
  );
});

test("runs of floats equal the plain ones, also where the level lies between two floats", () => {
  fc.assert(
    fc.property(
      frames,
      zeros,
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.boolean(),
      (bytes, near, by, isBright) => {
        const levels = Float32Array.from(bytes.levels, (level) => level * 1.37 - 20);
        const zero = levels.length > 3 ? levels[3] + by * 1e-6 : near;
        const image = { ...bytes, levels };
        expect(kernels.runs(image, { zero, isBright })).toEqual(plainRuns(image, zero, isBright));
      },
    ),
    seeded,
  );
});

test("the level 0, and one below every float, put all floats on one side", () => {
  const image = { widthPx: 3, heightPx: 1, levels: Float32Array.of(0, -0, 1e-45) };
  for (const zero of [0, -0, 1e-46, -1e-46]) {
    expect(kernels.runs(image, { zero, isBright: true })).toEqual(plainRuns(image, zero, true));
  }
});

test("the skewness that tells bright from dark has the plain one's bits, at every factor of shrinking", () => {
  const sizes = fc.record({
    content: fc.constantFrom(...TEST_CONTENTS),
    seed: fc.nat(1000),
    width: fc.integer({ min: 1, max: 1100 }),
    height: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(sizes, fc.boolean(), (spec, isUpright) => {
      const { width, height } = spec;
      const image = testFrame(isUpright ? { ...spec, width: height, height: width } : spec);
      expect(skewnessOf(image, kernels)).toBe(skewnessOf(image, null));
    }),
    { ...seeded, numRuns: 40 },
  );
});
