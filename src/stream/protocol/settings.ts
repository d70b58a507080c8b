/**
 * The schema of the analysis settings: what a value may be, shared by wire, configuration file and command line.
 *
 * @module
 */
import { z } from "zod";
import type { AnalysisSettings } from "../base/settings.js";
import { AUTO, EDGES, FILTERS, NLM_H_RANGE, POLARITIES, SEGMENTERS } from "../base/settings.js";
import { PIXEL_SIZE_NM_RANGE } from "../base/units.js";

/** Any that a detector gives. */
const intensity = z.number().min(-1e12).max(1e12).nullable();

const fields = {
  filter: z.enum(FILTERS).describe("denoising before segmentation"),
  gaussianKernelPx: z
    .int()
    .min(1)
    .max(31)
    .refine((edge) => edge % 2 === 1, "must be odd")
    .describe("edge of the Gaussian kernel, px, odd"),
  gaussianSigmaPx: z.number().positive().max(20).describe("standard deviation of the Gaussian kernel, px"),
  nlmH: z
    .union([z.number().min(NLM_H_RANGE.min).max(NLM_H_RANGE.max), z.literal(AUTO)], `a number or ${AUTO}`)
    .describe("strength of non-local means, grey levels; auto chooses it from the noise of each frame"),
  segmenter: z.enum(SEGMENTERS).describe("how particles are recognised"),
  scoreThreshold: z
    .number()
    .min(0)
    .max(1)
    .describe("least score of a Mask R-CNN detection in a frame where one is sure"),
  zoom: z
    .number()
    .min(0.1)
    .max(2)
    .nullable()
    .describe("scale at which Mask R-CNN looks at a frame; none chooses it from each frame"),
  minAreaPx2: z.number().min(0).max(1e7).describe("least projected area of a particle, px2"),
  polarity: z.enum(POLARITIES).describe("particles brighter (HAADF) or darker (BF) than their surroundings"),
  fillHoles: z.boolean().describe("whether holes inside a particle count as particle (threshold)"),
  edge: z
    .enum(EDGES)
    .describe(
      "where a particle's edge lies (threshold): at the foot of its profile where noise allows, or at Otsu's level",
    ),
  border: z.enum(["exclude", "include"]).describe("whether particles cut by the frame's edge count towards sizes"),
  pixelSizeNm: z
    .number()
    .min(PIXEL_SIZE_NM_RANGE.min)
    .max(PIXEL_SIZE_NM_RANGE.max)
    .nullable()
    .describe("nm/px for frames whose file does not state it"),
  displayLow: intensity.describe(
    "intensity shown as black in frames that are not 8-bit; none chooses it for the stream",
  ),
  displayHigh: intensity.describe(
    "intensity shown as white in frames that are not 8-bit; none chooses it for the stream",
  ),
} as const;

/** All settings, each present. */
export const settingsSchema = z.strictObject(fields) satisfies z.ZodType<AnalysisSettings>;

/** Any of the settings: what a `configure` message may carry. */
export const settingsPatchSchema = settingsSchema.partial();
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;

/** The settings after a change: `current` with what `patch` names. */
export function patched(current: AnalysisSettings, patch: SettingsPatch): AnalysisSettings {
  return settingsSchema.parse({ ...current, ...patch });
}
