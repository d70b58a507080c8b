/**
 * The check that a GPU computes right: drivers that answer wrongly, or with zeros, must not reach a measurement.
 *
 * @module
 */
import type { GreyImage } from "../stream/base/frame.js";
import { DEFAULT_SETTINGS } from "../stream/base/settings.js";
import type { FrameFilter } from "./filter.js";
import { GpuRefusedError } from "./gpu/errors.js";
import { gaussianReference } from "./kernels/gaussian/gaussian.ref.js";
import { nlmReference } from "./kernels/nlm/nlm.ref.js";
import { NOISE_VALUES, noiseBlocksFrom } from "./kernels/noise/noise.js";
import { noiseValues } from "./kernels/noise/noise.ref.js";

/** A slope with a step, of odd size so that every border and a part of a word occur, and with room for a block of the noise. */
function probeImage(): GreyImage {
  const [widthPx, heightPx] = [11, 13];
  const levels = Uint8Array.from(
    { length: widthPx * heightPx },
    (_, i) => ((i * 37) % 29) + (i % widthPx > 5 ? 120 : 40),
  );
  return { widthPx, heightPx, levels };
}

/** Strength of non-local means for it, grey levels. */
const PROBE_H = 15;

/** Relative difference of sums of 64 numbers that rounding explains. */
const ROUNDING = 1e-3;

/**
 * Filters a small frame both ways and raises {@link GpuRefusedError} where it differs from the plain reference by a bit, or the numbers for its
 * noise by more than rounding.
 */
export async function verifyFilter(filter: FrameFilter): Promise<void> {
  const image = probeImage();
  const { gaussianKernelPx: kernelPx, gaussianSigmaPx: sigmaPx } = DEFAULT_SETTINGS;
  const expected = { nlm: nlmReference(image, PROBE_H), gaussian: gaussianReference(image, { kernelPx, sigmaPx }) };
  for (const name of ["nlm", "gaussian"] as const) {
    const [actual] = await filter.apply([image], { ...DEFAULT_SETTINGS, nlmH: PROBE_H, filter: name });
    const differs = expected[name].levels.findIndex((level, i) => level !== actual?.levels[i]);
    if (differs >= 0) {
      const message = `pixel ${differs} is ${actual?.levels[differs]} instead of ${expected[name].levels[differs]}`;
      throw new GpuRefusedError("internal", `check of the ${name} filter`, message);
    }
  }
  const [noise] = await filter.noiseBlocks([image]);
  const expectedNoise = noiseBlocksFrom(noiseValues(image));
  for (const name of NOISE_VALUES) {
    const [is, should] = [noise?.[name][0] ?? Number.NaN, expectedNoise[name][0] ?? Number.NaN];
    if (Math.abs(is - should) <= ROUNDING * Math.max(1, Math.abs(should))) continue;
    throw new GpuRefusedError("internal", "check of the noise", `${name} is ${is} instead of ${should}`);
  }
}
