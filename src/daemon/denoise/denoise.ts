/**
 * Filters frames before they are segmented, with a strength of their own where that is left to their noise.
 *
 * @module
 */
import type { FilterSettings, FrameFilter } from "../../shaders/filter.js";
import type { DisplayRange, GreyImage } from "../../stream/base/frame.js";
import type { FrameNoise } from "../../stream/base/noise.js";
import { type AnalysisSettings, AUTO } from "../../stream/base/settings.js";
import { nlmStrength } from "../analysis/nlm-strength.js";
import { inIntensities, type LevelNoise, noiseOf } from "../analysis/noise.js";
import { steadySigma } from "./steady.js";
import type { Unet } from "./unet.js";

/** A frame before its filter. */
export interface NoisyFrame {
  readonly grey: GreyImage;
  /** The intensities that are 0 and 255 on its grey scale. */
  readonly range: DisplayRange;
  /** Standard deviation of the noise of the frames before it in its stream, in its intensities; `null`: it is alone. */
  readonly sigmaBefore: number | null;
}

/** A frame after it, and what is known of its noise. */
export interface DenoisedFrame {
  readonly filtered: GreyImage;
  /** `null` where the frame does not show it. */
  readonly noise: FrameNoise | null;
  /** The strength of non-local means that it was filtered with, grey levels; `null` with other filters. */
  readonly nlmH: number | null;
}

/** What the filter reads of the settings. */
export type DenoiseSettings = Pick<AnalysisSettings, "filter" | "gaussianKernelPx" | "gaussianSigmaPx" | "nlmH">;

/** A strength for frames that do not show their noise: next to none. */
const WITHOUT_NOISE: Pick<LevelNoise, "sigma" | "structure"> = { sigma: 0, structure: 0 };

/** What takes noise out of frames. */
export interface Denoisers {
  readonly filter: FrameFilter;
  /** Opened by the first frame that needs it. */
  unet(): Promise<Unet>;
}

/**
 * Filters a batch; result `i` belongs to frame `i` and depends on no other frame of the batch. Raises GpuError as the filter does.
 */
export async function denoise(
  { filter, unet: openUnet }: Denoisers,
  frames: readonly NoisyFrame[],
  settings: DenoiseSettings,
): Promise<readonly DenoisedFrame[]> {
  const blocks = await filter.noiseBlocks(frames.map(({ grey }) => grey));
  const noises = blocks.map(noiseOf);
  const strengths = frames.map((frame, i) => strengthFor(frame, noises[i] ?? null, settings));
  const filtered =
    settings.filter === "unet"
      ? await filteredByNetwork(await openUnet(), frames, noises)
      : await filteredByStrength(filter, frames, strengths, { ...settings, filter: settings.filter });
  return frames.map(({ grey, range }, i) => {
    const noise = noises[i] ?? null;
    return {
      filtered: filtered[i] ?? grey,
      noise: noise === null ? null : inIntensities(noise, range),
      nlmH: strengths[i] ?? null,
    };
  });
}

function strengthFor(
  { range, sigmaBefore }: NoisyFrame,
  noise: LevelNoise | null,
  { filter, nlmH }: DenoiseSettings,
): number | null {
  if (filter !== "nlm") return null;
  if (nlmH !== AUTO) return nlmH;
  if (noise === null) return nlmStrength(WITHOUT_NOISE);
  const levelsPerIntensity = 255 / (range.high - range.low);
  const before = sigmaBefore === null ? null : sigmaBefore * levelsPerIntensity;
  return nlmStrength({ sigma: steadySigma(noise.sigma, before), structure: noise.structure });
}

/** Each frame by its own noise, which is known to 1 %. */
async function filteredByNetwork(
  unet: Unet,
  frames: readonly NoisyFrame[],
  noises: readonly (LevelNoise | null)[],
): Promise<readonly GreyImage[]> {
  const filtered: GreyImage[] = [];
  for (const [i, { grey }] of frames.entries()) filtered.push(await unet.apply(grey, noises[i]?.sigma ?? 0));
  return filtered;
}

/** Frames of one strength are filtered together. */
async function filteredByStrength(
  filter: FrameFilter,
  frames: readonly NoisyFrame[],
  strengths: readonly (number | null)[],
  settings: DenoiseSettings & Pick<FilterSettings, "filter">,
): Promise<readonly GreyImage[]> {
  const filtered = frames.map(({ grey }) => grey);
  for (const strength of new Set(strengths)) {
    const places = [...frames.keys()].filter((place) => strengths[place] === strength);
    const images = places.flatMap((place) => frames[place]?.grey ?? []);
    // A strength that no filter reads.
    const results = await filter.apply(images, { ...settings, nlmH: strength ?? 1 });
    for (const [i, place] of places.entries()) filtered[place] = results[i] ?? filtered[place];
  }
  return filtered;
}
