import { describe, expect, it } from "vitest";
import { backgroundSnr } from "../../../src/daemon/analysis/background.js";
import type { MaskField } from "../../../src/stream/base/detection.js";
import { disc, frameOf, maskOf, seededNormals } from "../../support/analysis.js";

const EDGE_PX = 128;
const NOISE = seededNormals("background", EDGE_PX * EDGE_PX);

/** Background of mean 200 and standard deviation 10, SNR 20. */
function noisyFrame() {
  return frameOf(
    EDGE_PX,
    EDGE_PX,
    Float32Array.from(NOISE, (noise) => 200 + 10 * noise),
  );
}

function discAt(xPx: number, yPx: number, radiusPx: number): { readonly mask: MaskField } {
  const window = { xPx: 0, yPx: 0, widthPx: EDGE_PX, heightPx: EDGE_PX };
  return { mask: maskOf(disc(xPx, yPx, radiusPx), window, "smooth") };
}

/** Standard error of the SNR of n pixels is SNR / sqrt(2 n): 0.11 on 16,384 px. Three of them. */
const TOLERANCE = 0.4;

function expectNear(snr: number | null, expected: number): void {
  expect(Math.abs((snr ?? Number.NaN) - expected)).toBeLessThan(TOLERANCE);
}

describe("the SNR of the background", () => {
  it("is mean / standard deviation of the frame where nothing was found", () => {
    const pixels = Float64Array.from(noisyFrame().pixels);
    const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    const variance = pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length;
    expect(backgroundSnr(noisyFrame(), [])).toBeCloseTo(mean / Math.sqrt(variance), 8);
    expectNear(backgroundSnr(noisyFrame(), []), 20);
  });

  it("leaves out particles and 3 px around them", () => {
    const frame = noisyFrame();
    for (let y = 0; y < EDGE_PX; y++) {
      for (let x = 0; x < EDGE_PX; x++) {
        // A halo 2.5 px wide around the disc of radius 20, within eight deviations of the background.
        if (Math.hypot(x + 0.5 - 60, y + 0.5 - 70) < 22.5) frame.pixels[y * EDGE_PX + x] = 260;
      }
    }
    expectNear(backgroundSnr(frame, [discAt(60, 70, 20)]), 20);
    expect(backgroundSnr(frame, [])).toBeLessThan(15);
  });

  it("is not touched by dead, saturated or not finite pixels", () => {
    const frame = noisyFrame();
    const poison = [0, 65_535, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, -3e38];
    for (const [i, value] of poison.entries()) frame.pixels[1000 + 1234 * i] = value;
    expectNear(backgroundSnr(frame, []), 20);
  });

  it("is the same far from zero, where float32 steps are as large as the noise", () => {
    const frame = frameOf(
      EDGE_PX,
      EDGE_PX,
      Float32Array.from(NOISE, (noise) => 1e7 + 100 * noise),
    );
    expect(Math.abs((backgroundSnr(frame, []) ?? 0) / 1e5 - 1)).toBeLessThan(0.02);
  });

  it("is null for a flat background", () => {
    expect(backgroundSnr(frameOf(64, 64, new Uint16Array(64 * 64).fill(40_000)), [])).toBeNull();
  });

  it("is null where less than 5 % of the frame or 100 px are left", () => {
    const whole = { xPx: 0, yPx: 0, widthPx: EDGE_PX, heightPx: EDGE_PX - 10 };
    const filled = (heightPx: number): { readonly mask: MaskField } => ({
      mask: { ...whole, heightPx, values: new Float32Array(EDGE_PX * heightPx).fill(1) },
    });
    // The margin takes 3 rows more: 7 of 128 rows are 5.5 %, 6 are 4.7 %.
    expect(backgroundSnr(noisyFrame(), [filled(EDGE_PX - 10)])).not.toBeNull();
    expect(backgroundSnr(noisyFrame(), [filled(EDGE_PX - 9)])).toBeNull();
    expect(backgroundSnr(frameOf(11, 9, Float32Array.from(NOISE.subarray(0, 99))), [])).toBeNull();
    expect(backgroundSnr(frameOf(10, 10, Float32Array.from(NOISE.subarray(0, 100))), [])).not.toBeNull();
  });

  it("is null where nothing is finite", () => {
    expect(backgroundSnr(frameOf(32, 32, new Float32Array(1024).fill(Number.NaN)), [])).toBeNull();
  });
});
