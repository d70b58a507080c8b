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

/** A slope with a step, of odd size so that every border and a part of a word occur. */
function probeImage(): GreyImage {
  const [widthPx, heightPx] = [11, 9];
  const levels = Uint8Array.from(
    { length: widthPx * heightPx },
    (_, i) => ((i * 37) % 29) + (i % widthPx > 5 ? 120 : 40),
  );
  return { widthPx, heightPx, levels };
}

/** Filters a small frame both ways and raises {@link GpuRefusedError} where it differs from the plain reference by a bit. */
export async function verifyFilter(filter: FrameFilter): Promise<void> {
  const image = probeImage();
  const { nlmH, gaussianKernelPx: kernelPx, gaussianSigmaPx: sigmaPx } = DEFAULT_SETTINGS;
  const expected = { nlm: nlmReference(image, nlmH), gaussian: gaussianReference(image, { kernelPx, sigmaPx }) };
  for (const name of ["nlm", "gaussian"] as const) {
    const [actual] = await filter.apply([image], { ...DEFAULT_SETTINGS, filter: name });
    const differs = expected[name].levels.findIndex((level, i) => level !== actual?.levels[i]);
    if (differs >= 0) {
      const message = `pixel ${differs} is ${actual?.levels[differs]} instead of ${expected[name].levels[differs]}`;
      throw new GpuRefusedError("internal", `check of the ${name} filter`, message);
    }
  }
}
