/**
 * The schemas of a frame's statistics and times.
 *
 * @module
 */
import { z } from "zod";
import { STAGES } from "../base/analysis.js";

const count = z.int().nonnegative();
const maybe = z.number().nullable();

const histogramSchema = z.object({
  low: z.number(),
  binWidth: z.number().nonnegative(),
  counts: z.array(count).readonly(),
});

const sizeStatisticsSchema = z.object({
  mean: maybe,
  median: maybe,
  standardDeviation: maybe,
  d10: maybe,
  d50: maybe,
  d90: maybe,
  geometricMean: maybe,
  geometricStandardDeviation: maybe,
  histogram: histogramSchema,
});

export const statisticsSchema = z.object({
  count,
  borderCount: count,
  sizedCount: count,
  border: z.enum(["exclude", "include"]),
  lengthUnit: z.enum(["nm", "px"]),
  numberDensity: z.number(),
  areaFraction: z.number(),
  ecd: sizeStatisticsSchema,
  area: sizeStatisticsSchema,
  backgroundSnr: maybe,
});

export const stageTimesSchema = z.object(
  Object.fromEntries(STAGES.map((stage) => [stage, z.number()])) as Record<(typeof STAGES)[number], z.ZodNumber>,
);
